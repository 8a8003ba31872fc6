//! What a column's declared type says of its cells. SQLite itself enforces little of it.

use crate::record::Kind;
use crate::stores::legacy::layout::Codec;

/// How cells of a column so declared are read. Where the declaration leaves open what is in a cell (dates above all:
/// text, seconds or milliseconds), the cell decides, and the plan says what it means.
pub(crate) fn codec(declared: &str) -> Codec {
    let upper = declared.to_ascii_uppercase();
    let word = upper.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default();
    match word {
        "INTEGER" | "INT" | "TINYINT" | "SMALLINT" | "MEDIUMINT" | "BIGINT" | "INT2" | "INT4" | "INT8" | "INT16"
        | "INT32" | "INT64" | "LONG" | "UNSIGNED" => Codec::Int { bits: 64 },
        "BOOL" | "BOOLEAN" => Codec::Bool,
        "REAL" | "DOUBLE" | "FLOAT" | "FLOATING" => Codec::Double,
        "DECIMAL" | "NUMERIC" => Codec::Decimal,
        "BLOB" | "BINARY" | "VARBINARY" => Codec::Bytes,
        "JSON" => Codec::Json,
        // SQLite's own rule, and so true of NVARCHAR, TINYTEXT and the rest; `JSONTEXT` is text as well.
        _ if ["CHAR", "CLOB", "TEXT"].iter().any(|part| upper.contains(part)) => Codec::Text,
        _ => Codec::Any,
    }
}

/// What values such cells become.
pub(crate) fn kind(codec: Codec) -> Kind {
    match codec {
        Codec::Text | Codec::Uuid => Kind::String,
        Codec::Int { .. } => Kind::Int,
        Codec::Bool => Kind::Bool,
        Codec::Double => Kind::Double,
        Codec::MacDate => Kind::Timestamp,
        Codec::Decimal => Kind::Decimal,
        Codec::Bytes | Codec::External => Kind::Bytes,
        Codec::Archive | Codec::Json | Codec::Coded | Codec::Any => Kind::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_says_as_much_as_sqlite_makes_of_it() {
        for (declared, expected) in [
            ("INTEGER", Codec::Int { bits: 64 }),
            ("bigint", Codec::Int { bits: 64 }),
            ("UNSIGNED BIG INT", Codec::Int { bits: 64 }),
            ("BOOLEAN", Codec::Bool),
            ("double precision", Codec::Double),
            ("FLOATING POINT", Codec::Double),
            ("VARCHAR(255)", Codec::Text),
            ("native character(70)", Codec::Text),
            ("DECIMAL(10,5)", Codec::Decimal),
            ("BLOB", Codec::Bytes),
            ("JSON", Codec::Json),
            // Numbers to SQLite, text to whoever wrote it: `007` is 7 there.
            ("STRING", Codec::Any),
            ("POINT", Codec::Any),
            ("INTERVAL", Codec::Any),
            ("DATETIME", Codec::Any),
            ("", Codec::Any),
            ("日付", Codec::Any),
        ] {
            assert_eq!(codec(declared), expected, "{declared}");
        }
    }
}
