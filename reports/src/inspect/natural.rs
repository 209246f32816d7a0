//! The order in which Docker lists names: `web.2` before `web.10` (fvbommel/sortorder `NaturalLess`).

use std::cmp::Ordering;

/// Compares byte by byte, but runs of digits by their value; equal values by their length, then the rest decides.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        match (a.first(), b.first()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => {
                let (digits_a, rest_a) = split_digits(a);
                let (digits_b, rest_b) = split_digits(b);
                let (value_a, value_b) = (without_zeros(digits_a), without_zeros(digits_b));
                let by_value = value_a.len().cmp(&value_b.len()).then_with(|| value_a.cmp(value_b));
                let order = by_value.then(digits_a.len().cmp(&digits_b.len()));
                if order.is_ne() {
                    return order;
                }
                (a, b) = (rest_a, rest_b);
            }
            (Some(x), Some(y)) if x == y => (a, b) = (&a[1..], &b[1..]),
            (x, y) => return x.cmp(&y),
        }
    }
}

fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|b| b.is_ascii_digit()).count())
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|b| **b == b'0').count()..]
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_sort_by_value() {
        let mut names = ["web.10", "web.2", "web", "app.1", "web.02", "web.1", "web.2a"];
        names.sort_by(|a, b| super::compare(a, b));
        assert_eq!(names, ["app.1", "web", "web.1", "web.2", "web.2a", "web.02", "web.10"]);
    }
}
