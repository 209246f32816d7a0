//! Questions of somebody who plans a cluster.

pub mod managers;
