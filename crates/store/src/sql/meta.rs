//! What the deployment is: its model, and who runs on it.

use crate::db::statements;

statements! {
    FIND_META(meta) = "SELECT value FROM meta WHERE key = $1";
    SET_META(meta) = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2";
    FIRST_META(meta) = "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
    KEEP_MODEL(model_text) = "INSERT INTO model_text (hash, model, text, since) VALUES ($1, $2, $3, $4) ON CONFLICT (hash) DO NOTHING";
    LIST_MODELS(model_text) = "SELECT hash, model, text FROM model_text";
}
