//! An answer of two forms.

/// Declares an enum of two messages, told apart by a member that only the first one has.
#[macro_export]
#[doc(hidden)]
macro_rules! twofold {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $(#[$one:meta])* $first:ident($first_of:ty) if $sign:literal,
            $(#[$other:meta])* $second:ident($second_of:ty),
        }
    ) => {
        $(#[$about])*
        // It is taken apart where it comes.
        #[allow(clippy::large_enum_variant)]
        #[derive(Clone, Debug, PartialEq)]
        pub enum $name {
            $(#[$one])* $first($first_of),
            $(#[$other])* $second($second_of),
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::$first(one) => one.serialize(to),
                    Self::$second(one) => one.serialize(to),
                }
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                let members = serde_json::Map::deserialize(from)?;
                if members.contains_key($sign) {
                    serde_json::from_value(serde_json::Value::Object(members)).map(Self::$first).map_err(D::Error::custom)
                } else {
                    serde_json::from_value(serde_json::Value::Object(members)).map(Self::$second).map_err(D::Error::custom)
                }
            }
        }
    };
}
