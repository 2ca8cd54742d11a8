//! Decisions checked against Cedar, an independent policy engine: random worlds, the policies and entities that say in
//! Cedar what the model file and the facts say, and the questions both are asked. And texts damaged at random.

pub mod damage;
pub mod oracle;
pub mod random;
pub mod world;

pub use oracle::{Oracle, Policies};
pub use random::Random;
pub use world::{Question, World};
