//! Questions as they come over the wire: ids as text.

use super::{Micros, Snapshot};
use crate::{ScopeId, SubjectId};

/// The number of a uuid written with hyphens: 8-4-4-4-12 hexadecimal digits of either case (RFC 9562, section 4).
/// None for anything else.
pub fn parse_uuid(text: &str) -> Option<u128> {
    let (first, rest) = text.as_bytes().split_first_chunk::<8>()?;
    let (second, rest) = rest.split_first_chunk::<5>()?;
    let (third, rest) = rest.split_first_chunk::<5>()?;
    let (fourth, rest) = rest.split_first_chunk::<5>()?;
    let (fifth, sixth) = rest.split_first_chunk::<5>()?;
    let last: &[u8; 8] = sixth.try_into().ok()?;
    let ([h1, a @ ..], [h2, b @ ..], [h3, c @ ..], [h4, d @ ..]) = (second, third, fourth, fifth);

    let (n1, wrong1) = eight_digits(u64::from_be_bytes(*first));
    let (n2, wrong2) = eight_digits(u64::from(u32::from_be_bytes(*a)) << 32 | u64::from(u32::from_be_bytes(*b)));
    let (n3, wrong3) = eight_digits(u64::from(u32::from_be_bytes(*c)) << 32 | u64::from(u32::from_be_bytes(*d)));
    let (n4, wrong4) = eight_digits(u64::from_be_bytes(*last));
    let no_hyphen = (h1 ^ b'-') | (h2 ^ b'-') | (h3 ^ b'-') | (h4 ^ b'-');
    // All is read before anything is judged: one guess for the processor, nearly always right.
    let right = wrong1 | wrong2 | wrong3 | wrong4 | u64::from(no_hyphen) == 0;
    right.then(|| u128::from(n1 << 32 | n2) << 64 | u128::from(n3 << 32 | n4))
}

/// The value of eight digits, all bytes of a word at once, and 0 where all of them are digits.
#[inline]
fn eight_digits(ascii: u64) -> (u64, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let letters = ascii >> 6 & EACH;
    // 0 to 15 where it is a digit; up to 24 elsewhere, so no byte runs over into the next.
    let values = (ascii & (EACH * 0x0f)) + letters * 9;
    let above_nine = (values + EACH * 6) >> 4 & EACH;
    let written = values + EACH * 0x30 + above_nine * 0x27;
    let wrong = (written ^ (ascii | letters << 5)) | values & (EACH * 0xf0);
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    ((fours | fours >> 16) & 0xffff_ffff, wrong)
}

impl Snapshot {
    /// [`Snapshot::allowed`] of uuids as text. What is no uuid is denied.
    #[inline]
    pub fn allowed_text(&self, subject: &str, permission: &str, scope: &str, now: Micros) -> bool {
        match (parse_uuid(subject), parse_uuid(scope)) {
            (Some(subject), Some(scope)) => self.allowed(SubjectId(subject), permission, ScopeId(scope), now),
            (None, _) | (_, None) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_in_every_place_is_read_right() {
        let text = "01234567-89ab-CDEF-fedc-ba9876543210";
        assert_eq!(parse_uuid(text), Some(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210));
        for at in 0..36 {
            for byte in 0..=0x7f_u8 {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] = byte;
                let changed = String::from_utf8(bytes).unwrap();
                let groups: Vec<&str> = changed.split('-').collect();
                let well_formed =
                    groups.iter().map(|g| g.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(|g| g.bytes().all(|b| b.is_ascii_hexdigit()));
                let right = well_formed.then(|| u128::from_str_radix(&groups.concat(), 16).unwrap());
                assert_eq!(parse_uuid(&changed), right, "{changed}");
            }
        }
        for wrong in ["", "01234567", "é1234567-89ab-cdef-fedc-ba987654321", "01234567-89ab-cdef-fedc-ba98765432100"] {
            assert_eq!(parse_uuid(wrong), None);
        }
    }
}
