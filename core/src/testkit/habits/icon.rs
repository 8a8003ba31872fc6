//! Habits' icons: real PNG files, so that whoever opens one sees a picture.

use miniz_oxide::deflate::compress_to_vec_zlib;

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const EIGHT_BITS_RGB: [u8; 5] = [8, 2, 0, 0, 0];

/// A square of this many pixels a side that fades from black to a colour.
pub(super) fn png(side: u8, colour: [u8; 3]) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend_from_slice(&u32::from(side).to_be_bytes());
    header.extend_from_slice(&u32::from(side).to_be_bytes());
    header.extend_from_slice(&EIGHT_BITS_RGB);

    let mut pixels = Vec::new();
    for row in 0..side {
        let no_filter = 0;
        pixels.push(no_filter);
        for column in 0..side {
            let light = u32::from(row.max(column)) * 255 / u32::from(side);
            pixels.extend(colour.map(|part| (u32::from(part) * light / 255) as u8));
        }
    }

    let mut file = SIGNATURE.to_vec();
    push_chunk(&mut file, b"IHDR", &header);
    push_chunk(&mut file, b"IDAT", &compress_to_vec_zlib(&pixels, 6));
    push_chunk(&mut file, b"IEND", &[]);
    file
}

fn push_chunk(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    file.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let checked_from = file.len();
    file.extend_from_slice(kind);
    file.extend_from_slice(data);
    let sum = crc32(&file[checked_from..]);
    file.extend_from_slice(&sum.to_be_bytes());
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_png_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert!(png(1, [0; 3]).ends_with(b"IEND\xae\x42\x60\x82"));
    }
}
