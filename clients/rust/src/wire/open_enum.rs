//! An enum of names that a newer daemon may add to.

/// Declares an enum whose values are texts on the wire, and one more for a text that it does not know.
#[macro_export]
#[doc(hidden)]
macro_rules! open_enum {
    (
        $(#[$about:meta])*
        pub enum $name:ident or $unknown:ident { $($(#[$told:meta])* $variant:ident = $wire:literal,)* }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$told])* $variant,)*
            /// A value that this version does not know, as it came.
            $unknown(String),
        }

        impl $name {
            /// All values that are known.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::$unknown(text) => text,
                }
            }

            fn known(text: &str) -> Option<Self> {
                match text {
                    $($wire => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::$unknown(text.to_owned()))
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::$unknown(text))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                to.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        to.write_str("a string")
                    }

                    fn visit_str<E>(self, text: &str) -> Result<$name, E> {
                        Ok($name::from(text))
                    }
                }
                from.deserialize_str(Text)
            }
        }
    };
}

/// Says what a caller can do about the values of an enum.
#[macro_export]
#[doc(hidden)]
macro_rules! remedies {
    ($name:ident { $($variant:ident => $remedy:literal,)* }) => {
        impl $name {
            /// What the caller can do; `None` for a value that this version does not know.
            #[must_use]
            pub fn remedy(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($remedy),)*
                    _ => None,
                }
            }
        }
    };
}
