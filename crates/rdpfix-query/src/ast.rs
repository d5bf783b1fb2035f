//! The syntax tree of a query.
//!
//! Printing a tree gives its normal form: one space around operators, abbreviated axes, parentheses only where they are
//! needed. The normal form parses to an equal tree.

use crate::diagnostic::Span;
pub use crate::number::Number;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// At least one holds. Never directly inside another `Or`.
    Or(Vec<Expr>),
    /// All hold. Never directly inside another `And`.
    And(Vec<Expr>),
    /// The path finds a node.
    Exists(Path),
    /// Two operands compare.
    Compare(Comparison),
    /// `band(a, b)`: the two have a bit in common.
    Band(Band),
}

/// A comparison; at least one side is a literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Left of the operator.
    pub left: Operand,
    /// The operator.
    pub op: Op,
    /// Right of it.
    pub right: Operand,
    /// All of it.
    pub span: Span,
}

/// The arguments of `band`, each a path or a literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The first mask.
    pub left: Argument,
    /// The second.
    pub right: Argument,
    /// The call.
    pub span: Span,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// The values of the nodes a path finds.
    Path(Path),
    /// A number or a string.
    Literal(Literal),
    /// `timediff(time)` or `timediff(earlier, later)`, in milliseconds.
    Timediff(Timediff),
    /// `position()`.
    Position(Span),
}

/// `timediff`: how long the second time is after the first; without a second, how long ago the first was.
#[derive(Debug, Clone, PartialEq)]
pub struct Timediff {
    /// The first time.
    pub first: Argument,
    /// The second; the present when there is none.
    pub second: Option<Argument>,
    /// The call.
    pub span: Span,
}

/// An argument of a function.
#[derive(Debug, Clone, PartialEq)]
pub enum Argument {
    /// The values of the nodes a path finds.
    Path(Path),
    /// A number or a string.
    Literal(Literal),
}

/// A number or a string, as the query writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: LiteralValue,
    /// Where it stands, quotes included.
    pub span: Span,
}

/// What a literal holds.
#[derive(Debug, Clone, PartialEq)]
pub enum LiteralValue {
    /// A number.
    Number(Number),
    /// A string. It never holds both kinds of quote.
    Text(String),
}

/// Steps from the current node downwards.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// At least one.
    pub steps: Vec<Step>,
    /// All of it.
    pub span: Span,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Children or attributes.
    pub axis: Axis,
    /// The name; `None` is `*`, any name.
    pub name: Option<String>,
    /// What a node must satisfy, one after the other.
    pub predicates: Vec<Expr>,
    /// The axis and the name.
    pub span: Span,
}

/// Where a step looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    /// The elements in this one.
    Child,
    /// The attributes of this one.
    Attribute,
}

/// A comparison operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

impl Op {
    /// How the query writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Greater => ">",
            Self::GreaterEqual => ">=",
        }
    }

    /// The operator that means the same with the sides exchanged.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessEqual => Self::GreaterEqual,
            Self::Greater => Self::Less,
            Self::GreaterEqual => Self::LessEqual,
            same => same,
        }
    }

    /// Whether it holds between two things that order like this.
    pub fn holds(self, ordering: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterEqual => ordering.is_ge(),
        }
    }
}

impl Expr {
    /// One of the conditions; one that is itself an `Or` is taken apart, and one alone stands for itself.
    pub(crate) fn any(parts: Vec<Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::Or(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::Or(flat),
        }
    }

    /// All of the conditions, taken apart in the same way.
    pub(crate) fn all(parts: Vec<Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::And(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.len() {
            1 => flat.remove(0),
            _ => Self::And(flat),
        }
    }

    /// How many conditions it has, those in predicates included. Windows takes at most 32 in one `Select`.
    pub fn conditions(&self) -> usize {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().map(Self::conditions).sum(),
            Self::Exists(path) => path.conditions().max(1),
            Self::Compare(comparison) => {
                let paths = [&comparison.left, &comparison.right].map(|operand| match operand {
                    Operand::Path(path) => path.conditions(),
                    _ => 0,
                });
                1 + paths.iter().sum::<usize>()
            }
            Self::Band(_) => 1,
        }
    }
}

impl Path {
    fn conditions(&self) -> usize {
        let predicates = self.steps.iter().flat_map(|step| &step.predicates);
        predicates.map(Expr::conditions).sum()
    }
}
