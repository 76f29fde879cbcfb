//! What is masked, what stays to be read, and what it costs.

use super::*;

/// Text, and what is shown of it.
const MASKED: &[(&str, &str)] = &[
    ("card 4111111111111111, thanks", "card •••• •••• •••• 1111, thanks"),
    ("4111 1111 1111 1111", "•••• •••• •••• 1111"),
    ("4111-1111-1111-1111", "•••• •••• •••• 1111"),
    ("4111 - 1111 - 1111 - 1111", "•••• •••• •••• 1111"),
    ("Amex 3782 822463 10005.", "Amex •••• •••• •••• 0005."),
    ("13 digits: 4222222222222", "13 digits: •••• •••• •••• 2222"),
    ("19 digits: 6304000000000000000", "19 digits: •••• •••• •••• 0000"),
    ("• 4111 1111 1111 1111", "• •••• •••• •••• 1111"),
    ("Visa4111111111111111", "Visa•••• •••• •••• 1111"),
    ("注文4111111111111111です", "注文•••• •••• •••• ••••です"),
    ("4111 1111 1111 1111 12/27 123", "•••• •••• •••• 1111"),
    ("٤١١١ ١١١١ ١١١١ ١١١١", "•••• •••• •••• ١١١١"),
    ("４１１１１１１１１１１１１１１１", "•••• •••• •••• １１１１"),
    ("𝟒𝟏𝟏𝟏-११११-1111-①①①①", "•••• •••• •••• ①①①①"),
    ("4111\u{200b}1111\u{200d}1111\u{feff}1111", "•••• •••• •••• 1111"),
    ("DE89 3704 0044 0532 0130 00", "DE•• •••• •••• 3000"),
    ("IBAN: GB82WEST12345698765432.", "IBAN: GB•• •••• •••• 5432."),
    ("de89370400440532013000 bitte", "de•• •••• •••• 3000 bitte"),
    ("CH93 0076 2011 6238 5295 7 ist mein Konto", "CH•• •••• •••• 2957 ist mein Konto"),
    ("ＤＥ８９３７０４００４４０５３２０１３０００", "ＤＥ•• •••• •••• ３０００"),
    ("maria.lopez+x@mail.shop.example", "m•••@•••.example"),
    ("<zoë@example.com>,", "<z•••@•••.com>,"),
    ("4711@example.com", "•••@•••.com"),
    ("maria＠example.com", "m•••@•••.com"),
    ("+41 79 123 45 67", "•••••••67"),
    ("+41791234567 or", "•••••••67 or"),
    ("call +41 (0)79 123 45 67!", "call •••••••67!"),
    ("(202) 555-0123", "•••••••23"),
    ("0171/1234567", "•••••••67"),
    ("00491711234567", "•••••••67"),
    ("Tel. 01711234567", "Tel. •••••••67"),
    ("06.12.34.56.78", "•••••••78"),
    ("電話090-1234-5678", "電話•••••••78"),
    ("٠٧٩ ١٢٣ ٤٥ ٦٧", "•••••••٦٧"),
    ("Authorization: Bearer abcd1234efgh", "Authorization: Bearer ••••"),
    ("jwt_0123456789abcdef0123456789abcdef", "jwt_••••••••"),
    ("eyJhbGciOi.eyJzdWIiOi.SflKxw", "••••••••"),
    ("key d41d8cd98f00b204e9800998ecf8427e", "key ••••••••"),
    ("Zm9vYmFyMTIzNDU2Nzg5MGFiY2Q=", "••••••••"),
    ("12345678901234567890123", "••••••••"),
    ("Your code is 482913.", "Your code is ••••."),
    ("code: 482 913", "code: ••••"),
    ("G code G-482913 now", "G code •••• now"),
    ("PIN 4711", "PIN ••••"),
    ("my pin number is 4711", "my pin number is ••••"),
    ("PIN4711", "PIN••••"),
    ("Sicherheitscode: 123", "Sicherheitscode: ••••"),
    ("Der PIN-Code lautet 4711", "Der PIN-Code lautet ••••"),
    ("Passwort: Sommer", "Passwort: ••••"),
    ("password is hunter2!", "password is ••••!"),
    ("la contraseña es gato99", "la contraseña es ••••"),
    ("mot de passe : soleil", "mot de passe : ••••"),
    ("ＰＩＮ ４７１１", "ＰＩＮ ••••"),
    ("CVV 123", "CVV ••••"),
];

/// What people have to be able to read.
const READABLE: &[&str] = &[
    "",
    "Where is my parcel?",
    "order ORD-48213, ordered 2026-11-21 at 09:56:02",
    "order code ORD-48213, code ORD-48213",
    "ORD-2026-000123 and #100-200-300",
    "conversation 550e8400-e29b-41d4-a716-446655440000",
    "https://desk.example/conversations/550e8400-e29b-41d4-a716-446655440000",
    "2026-11-21T09:56:02.123Z",
    "from 21.11.2026 to 28.11.2026, 21/11/26 - 28/11/26",
    "am 21.11. 10.30 - 12.30 Uhr",
    "2026-11-21 10.30 - 12.30",
    "CHF 1 299.00 - 1 499.00, 12 345 678.90 EUR, $1,299.99",
    "1'234'567.90 and 1.234.567,89 €",
    "注文番号は 12345 です",
    "4111111111111112 is no card's number",
    "tracking 1Z999AA10123456784",
    "I forgot my password and the reset link does not work",
    "Passwort vergessen, password isn't accepted",
    "error code 500, postal code 8001, Fehlercode 1234",
    "the code does not arrive",
    "at 3 pm, @maria, a @ b",
    "PO12 ist immer noch nicht da, ich warte seit 14 Tagen",
    "https://shop.example/Products/Item2024/Details",
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "20250001 or 1234567890",
];

fn looks(text: &str) -> usize {
    let mut scan = Scan::new(text);
    find(&mut scan);
    scan.looks()
}

#[test]
fn what_is_nobodys_business_is_masked() {
    for (text, expected) in MASKED {
        assert_eq!(masked(text), *expected, "{text}");
        assert_eq!(masked(expected), *expected, "{text}, again");
    }
}

#[test]
fn what_has_to_be_read_is_borrowed_as_it_is() {
    for text in READABLE {
        assert_eq!(masked(text), *text);
        assert!(matches!(masked(text), Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn every_character_is_looked_at_so_many_times_whatever_is_written() {
    let hostile = [
        "4",
        "4 ",
        "1-",
        "41111111111111 ",
        "a",
        "aB3",
        "@",
        "a@",
        "a@b.",
        "a.b@c.de ",
        "jwt_",
        "jwt_-",
        "eyJ",
        "eyJ.",
        "password:",
        "password: ",
        "password is ",
        "is ",
        "code ",
        "code 1",
        "code code-",
        "Bearer ",
        "bearer-",
        "password-",
        "code-",
        "pin.",
        "mot-de-passe-",
        "bearer :",
        "DE89",
        "DE89 ",
        "AB12-",
        "0-",
        "00000000-",
        "00000000-0000-",
        "2026-11-21 ",
        "2026-11-",
        "+",
        "+4",
        "((",
        " ",
        "\u{200b}",
        "4\u{200b}",
        "12 EUR ",
        "mot de passe ",
        "•",
        "4\u{301}",
        "٤ ",
        "a_",
        "=",
        "Ab1/",
    ];
    for part in hostile {
        let few = looks(&part.repeat(1_000)) / 1_000;
        let many = looks(&part.repeat(20_000)) / 20_000;
        assert!(many <= few + 2, "{part:?}: {few} looks, then {many}");
        assert!(many <= 400 * part.chars().count(), "{part:?}: {many}");
    }
}

#[test]
fn it_can_be_turned_off() {
    let words = Words::from("4111111111111111");
    assert_eq!(Masking::On.fit(&words).shown(), "•••• •••• •••• 1111");
    assert_eq!(Masking::Off.fit(&words).shown(), "4111111111111111");
}
