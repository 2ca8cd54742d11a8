//! Colours and their contrast (WCAG 2.2, relative luminance).

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Color([f64; 3]);

impl Color {
    /// `#RRGGBB`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let channel = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(|value| f64::from(value) / 255.0);
        Some(Self([channel(0)?, channel(2)?, channel(4)?]))
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|value| if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    pub(crate) fn contrast(self, other: Self) -> f64 {
        let (mine, theirs) = (self.luminance(), other.luminance());
        (mine.max(theirs) + 0.05) / (mine.min(theirs) + 0.05)
    }
}

#[test]
fn known_contrasts() {
    let [black, white, grey] = ["#000000", "#FFFFFF", "#767676"].map(|text| Color::parse(text).unwrap());
    assert!((black.contrast(white) - 21.0).abs() < 0.01);
    assert!((grey.contrast(white) - 4.54).abs() < 0.01);
}
