//! `rdpfix schema`: the JSON Schema of the diagnosis.

use crate::cli::Common;
use crate::exit::ExitStatus;
use crate::json::v1;
use crate::output::{Failure, Output};

pub(crate) fn run(common: &Common) -> Result<ExitStatus, Failure> {
    let mut output = Output::open(common)?;
    output.write(&format!("{:#}\n", v1::schema()))?;
    output.finish()?;
    Ok(ExitStatus::Success)
}
