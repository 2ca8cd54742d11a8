//! Who lives in the demo. Nobody of these exists; `.example` never will.

/// The owner of the first organization.
pub(super) const OWNER: (&str, &str) = ("Ann Okafor", "ann.okafor@northwind.example");
/// The owner of the second.
pub(super) const OTHER_OWNER: (&str, &str) = ("Ravi Raman", "ravi@harbor-studio.example");

/// Who joined the first organization, in this order.
pub(super) const JOINED: &[(&str, &str)] = &[
    ("Ben Castellano", "ben.castellano@northwind.example"),
    ("Chloé Martin", "chloe.martin@northwind.example"),
    ("Dmitri Volkov", "dmitri.volkov@northwind.example"),
    ("Esi Mensah", "esi.mensah@northwind.example"),
    ("Francesca Bianchi", "francesca.bianchi@northwind.example"),
    ("Göran Lindqvist", "goran.lindqvist@northwind.example"),
    ("Hana Kobayashi", "hana.kobayashi@northwind.example"),
    ("Ibrahim Al-Sayed", "ibrahim.alsayed@northwind.example"),
    ("Jana Nováková", "jana.novakova@northwind.example"),
    ("Kwame Boateng", "kwame.boateng@northwind.example"),
    ("Lucía Fernández", "lucia.fernandez@northwind.example"),
    ("Maximilian von Hohenstein-Schwarzburg", "maximilian.vonhohenstein-schwarzburg@northwind.example"),
    ("Nadia Rahman", "nadia.rahman@northwind.example"),
    ("Oluwaseun Adeyemi", "oluwaseun.adeyemi@northwind.example"),
    ("Priya Natarajan", "priya.natarajan@northwind.example"),
    ("Quentin Dubois", "quentin.dubois@northwind.example"),
    ("Rosa Delgado", "rosa.delgado@northwind.example"),
    ("Søren Ørsted", "soren.orsted@northwind.example"),
    ("Tomasz Wójcik", "tomasz.wojcik@northwind.example"),
    ("Uma Patel", "uma.patel@northwind.example"),
    ("Victoria Chen", "victoria.chen@northwind.example"),
    ("William O'Brien", "william.obrien@northwind.example"),
    ("Ximena Torres", "ximena.torres@northwind.example"),
    ("Yusuf Demir", "yusuf.demir@northwind.example"),
    ("Zoë de Vries", "zoe.devries@northwind.example"),
    ("Alice Kim", "alice.kim@northwind.example"),
    ("Bao Tran", "bao.tran@contractor.example"),
    ("Carmen Ruiz", "carmen.ruiz@contractor.example"),
    ("Daniel Levy", "daniel.levy@northwind.example"),
    ("Eleni Papadopoulou", "eleni.papadopoulou@northwind.example"),
    ("Farid Haddad", "farid.haddad@northwind.example"),
];

/// Whose membership is suspended: positions in [`JOINED`].
pub(super) const SUSPENDED: &[usize] = &[16, 26];
/// Who was given a higher role after joining.
pub(super) const RAISED: &[usize] = &[0, 2, 14];

/// Invited long ago, and the invitation expired: days ago.
pub(super) const EXPIRED: &[(&str, i64)] =
    &[("greta.hoffmann@northwind.example", 24), ("hugo.silva@partner.example", 16), ("ines.moreau@northwind.example", 11)];
/// Invited lately: days ago.
pub(super) const INVITED: &[(&str, i64)] = &[
    ("jonas.weber@northwind.example", 5),
    ("keiko.tanaka@northwind.example", 3),
    ("liam.murphy@partner.example", 2),
    ("mei.lin@northwind.example", 1),
    ("noor.jansen@northwind.example", 0),
];

/// Invited lately, and said no: days ago.
pub(super) const DECLINED: ((&str, &str), i64) = (("Oskar Lindqvist", "oskar.lindqvist@partner.example"), 4);
/// Invited lately, and no mail server takes it: days ago.
pub(super) const UNDELIVERED: (&str, i64) = ("paula.fontaine@nortwhind.example", 1);

/// The second organization.
pub(super) const OTHERS: &[(&str, &str)] = &[
    ("Sofia Rossi", "sofia@harbor-studio.example"),
    ("Theo Nielsen", "theo@harbor-studio.example"),
    ("Wanda Kowalska", "wanda@harbor-studio.example"),
    ("Amir Hosseini", "amir@harbor-studio.example"),
];
