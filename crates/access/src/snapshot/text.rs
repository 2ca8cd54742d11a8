//! Questions as they come over the wire: ids as text.

use super::{Micros, Snapshot};
use crate::{ScopeId, SubjectId};

/// The number of a uuid written with hyphens: 8-4-4-4-12 hexadecimal digits of either case (RFC 9562, section 4).
/// None for anything else.
#[inline]
pub fn parse_uuid(text: &str) -> Option<u128> {
    let (first, rest) = text.as_bytes().split_first_chunk::<8>()?;
    let (second, rest) = rest.split_first_chunk::<5>()?;
    let (third, rest) = rest.split_first_chunk::<5>()?;
    let (fourth, rest) = rest.split_first_chunk::<5>()?;
    let (fifth, sixth) = rest.split_first_chunk::<5>()?;
    let last: &[u8; 8] = sixth.try_into().ok()?;
    let ([h1, a @ ..], [h2, b @ ..], [h3, c @ ..], [h4, d @ ..]) = (second, third, fourth, fifth);
    let no_hyphen = (h1 ^ b'-') | (h2 ^ b'-') | (h3 ^ b'-') | (h4 ^ b'-');

    let mut digits = [0; 32];
    let pieces: [&[u8]; 6] = [first, a, b, c, d, last];
    let mut places = digits.iter_mut();
    for piece in pieces {
        places.by_ref().zip(piece).for_each(|(place, digit)| *place = *digit);
    }
    let wrong = to_values(&mut digits);
    let ([h1, h2, l1, l2], _) = digits.as_chunks::<8>() else { return None };
    let [h1, h2, l1, l2] = [h1, h2, l1, l2].map(|digits| packed(*digits));
    // All is read before anything is judged: one guess for the processor, nearly always right.
    (!wrong && no_hyphen == 0).then(|| u128::from(h1 << 32 | h2) << 64 | u128::from(l1 << 32 | l2))
}

/// Puts in place of every hexadecimal digit its value; true where one is none. Has no branches, so that the compiler takes many
/// at once.
#[inline]
fn to_values(digits: &mut [u8; 32]) -> bool {
    let mut right = [0_u8; 32];
    for (byte, right) in digits.iter_mut().zip(&mut right) {
        let (digit, letter) = (byte.wrapping_sub(b'0'), (*byte | 0x20).wrapping_sub(b'a'));
        let is_digit = if digit < 10 { 0xff } else { 0 };
        let is_letter = if letter < 6 { 0xff } else { 0 };
        *byte = digit & is_digit | letter.wrapping_add(10) & is_letter;
        *right = is_digit | is_letter;
    }
    right != [0xff; 32]
}

/// The number of eight digits' values.
#[inline]
fn packed(values: [u8; 8]) -> u64 {
    let all = u64::from_be_bytes(values);
    let pairs = (all | all >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    (fours | fours >> 16) & 0xffff_ffff
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
