//! One of several messages, told by a member that only the union has.

/// Declares an enum of messages, and one more value for a form that it does not know.
#[macro_export]
#[doc(hidden)]
macro_rules! open_union {
    (
        $(#[$about:meta])*
        pub enum $name:ident by $member:literal or $unknown:ident { $($(#[$told:meta])* $variant:ident($of:ty) = $wire:literal,)* }
    ) => {
        $(#[$about])*
        // It is taken apart where it comes.
        #[allow(clippy::large_enum_variant)]
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$told])* $variant($of),)*
            /// A form that this version does not know: its name and its other members.
            $unknown(String, serde_json::Map<String, serde_json::Value>),
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                let (form, members) = match self {
                    $(Self::$variant(one) => ($wire, serde_json::to_value(one).map_err(serde::ser::Error::custom)?),)*
                    Self::$unknown(form, members) => (form.as_str(), serde_json::Value::Object(members.clone())),
                };
                let mut whole = serde_json::Map::new();
                whole.insert($member.to_owned(), form.into());
                if let serde_json::Value::Object(members) = members {
                    whole.extend(members);
                }
                whole.serialize(to)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                use serde::de::Error;
                let mut members = serde_json::Map::deserialize(from)?;
                let form = match members.remove($member) {
                    Some(serde_json::Value::String(form)) => form,
                    Some(_) => return Err(D::Error::custom(concat!("its member ", $member, " is no string"))),
                    None => return Err(D::Error::missing_field($member)),
                };
                match form.as_str() {
                    $($wire => serde_json::from_value(serde_json::Value::Object(members)).map(Self::$variant).map_err(D::Error::custom),)*
                    _ => Ok(Self::$unknown(form, members)),
                }
            }
        }
    };
}
