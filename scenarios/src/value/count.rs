//! Bare numbers: counts and shapes have no unit.

use schemars::{Schema, json_schema};

use super::{Kind, Misread, Raw};

/// A whole number in `LEAST..=MOST`.
pub(crate) struct Count<const LEAST: u64, const MOST: u64>;

impl<const LEAST: u64, const MOST: u64> Kind for Count<LEAST, MOST> {
    type Value = u64;
    const NAME: &'static str = "Count";
    const WHAT: &'static str = "a whole number";
    const EXAMPLE: &'static str = "3";

    fn read(raw: &Raw) -> Result<u64, Misread> {
        let Raw::Integer(number) = raw else { return Err(Self::misfit(raw)) };
        match u64::try_from(*number) {
            Ok(count) if (LEAST..=MOST).contains(&count) => Ok(count),
            Err(_) => Err(Misread::new(format!("the number {number} is negative"))),
            Ok(count) if count < LEAST => {
                Err(Misread::new(format!("the number {number} is too small, the least is {LEAST}")))
            }
            Ok(_) => Err(Misread::new(format!("the number {number} is too large, the most is {MOST}"))),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "integer", "minimum": LEAST, "maximum": MOST })
    }
}

/// A number above zero, such as the shape of a distribution.
pub(crate) struct Number;

impl Kind for Number {
    type Value = f64;
    const NAME: &'static str = "Number";
    const WHAT: &'static str = "a number";
    const EXAMPLE: &'static str = "0.5";

    fn read(raw: &Raw) -> Result<f64, Misread> {
        let number = match raw {
            Raw::Integer(number) => *number as f64,
            Raw::Float(number) => *number,
            other => return Err(Number::misfit(other)),
        };
        // A shape beyond these gives no draws that could be told from a constant or from never.
        if (1e-3..=1e3).contains(&number) {
            return Ok(number);
        }
        Err(Misread::new(format!("the number {number} is absurd here, expected 0.001 to 1000")))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "number", "minimum": 1e-3, "maximum": 1e3 })
    }
}

/// `true` or `false`.
pub(crate) struct Switch;

impl Kind for Switch {
    type Value = bool;
    const NAME: &'static str = "Switch";
    const WHAT: &'static str = "true or false";
    const EXAMPLE: &'static str = "true";

    fn read(raw: &Raw) -> Result<bool, Misread> {
        match raw {
            Raw::Switch(value) => Ok(*value),
            other => Err(Misread::new(format!("found {other}, expected true or false without quotes"))),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "boolean" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_keep_their_bounds() {
        let read = |number| Count::<1, 10>::read(&Raw::Integer(number)).map_err(|misread| misread.message);
        assert_eq!(read(1), Ok(1));
        assert_eq!(read(10), Ok(10));
        assert_eq!(read(0), Err("the number 0 is too small, the least is 1".to_owned()));
        assert_eq!(read(11), Err("the number 11 is too large, the most is 10".to_owned()));
        assert_eq!(read(-3), Err("the number -3 is negative".to_owned()));
    }

    #[test]
    fn numbers_are_finite() {
        for number in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(Number::read(&Raw::Float(number)).is_err(), "{number}");
        }
        assert_eq!(Number::read(&Raw::Integer(2)), Ok(2.0));
    }
}
