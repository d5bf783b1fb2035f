//! Knowledge, evidence, and the three-valued evaluation that turns them into ranked findings.
