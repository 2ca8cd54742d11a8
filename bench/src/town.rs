//! A deployment to measure: people, organizations, a server on loopback, programs that ask it.

use crate::client::{Client, Reply, Request};
use guildhall_core::{
    Model, OrganizationId, Permit, Principal, SessionId, StreamId, UserId, World,
    account::{self, Birth},
    link, organization,
    organization::FirstOwner,
    permit::Place,
    session::SessionRecord,
    text::{Address, Name, Slug},
};
use guildhall_server::{App, Config, config::KeySource, keys};
use guildhall_store::{Options, Store};
use std::{error::Error, net::SocketAddr, sync::Arc};
use tokio::{net::TcpListener, runtime::Runtime, sync::watch};

pub(crate) type Broken = Box<dyn Error + Send + Sync>;

/// What a store or the server answers when it fails, as words.
pub(crate) fn words(failure: impl std::fmt::Debug) -> Broken {
    format!("{failure:?}").into()
}

pub(crate) fn model() -> Result<Arc<Model>, Broken> {
    Ok(Arc::new(Model::preset("standard").map_err(words)?))
}

/// Somebody who has proven the address.
pub(crate) async fn person(store: &Store, address: &str) -> Result<UserId, Broken> {
    let ids = store.intern_addresses(&[Address::parse(address).map_err(words)?]).await?;
    let name = address.split('@').next().unwrap_or_default();
    let birth = Birth { address: ids.first().copied(), provider: None, name: Some(Name::parse(name).map_err(words)?), external_id: None };
    let create = move |world: &World<'_>| account::create(world, Permit::system("a measurement", Place::Deployment), birth.clone());
    Ok(store.write(&[], create).await.map_err(words)?.value)
}

/// Them, signed in.
pub(crate) fn principal(store: &Store, user: UserId) -> Result<Principal, Broken> {
    let at = store.now();
    let record = SessionRecord {
        id: SessionId::new(store.fresh()),
        user,
        token_hash: link::hash("token"),
        created_at: at,
        signed_in_at: at,
        last_seen_at: at,
        ended_at: None,
    };
    record.principal("token", at).ok_or_else(|| "no session".into())
}

pub(crate) async fn found(store: &Store, owner: UserId, slug: &str) -> Result<OrganizationId, Broken> {
    let who = principal(store, owner)?;
    let (name, slug) = (Name::parse(slug).map_err(words)?, Slug::parse(slug).map_err(words)?);
    let found =
        move |world: &World<'_>| organization::found(world, Permit::founder(&who)?, name.clone(), &slug, FirstOwner::User(owner), None);
    Ok(store.write(&[StreamId::User(owner)], found).await.map_err(words)?.value)
}

/// A server in this process, and a service key for it.
pub(crate) struct Town {
    pub(crate) app: App,
    pub(crate) address: SocketAddr,
    pub(crate) key: String,
    pub(crate) runtime: Runtime,
    _stop: watch::Sender<bool>,
}

impl Town {
    pub(crate) fn start(url: &str) -> Result<Self, Broken> {
        let runtime = Runtime::new()?;
        let (stop, stopping) = watch::channel(false);
        let (app, address, key) = runtime.block_on(async {
            let mut config = Config::standard().map_err(words)?;
            config.http.requests_per_minute = 0;
            // Counted, as in use, and never reached.
            config.http.key_requests_per_minute = 100_000_000;
            config.key = KeySource::Given([7; 32]);
            url.clone_into(&mut config.database_url);
            let app = guildhall_server::build_with(config, Options::new(url, model()?)).await?;
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let address = listener.local_addr()?;
            tokio::spawn(guildhall_server::serve(app.clone(), listener, stopping));
            let scopes = ["*".to_owned()].into();
            let new = keys::NewKey { title: "a measurement".to_owned(), tenant: None, scopes, expires_at: None };
            let (_, secret) = keys::create(&app, "a measurement", new).await.map_err(words)?;
            Ok::<_, Broken>((app, address, secret.0))
        })?;
        Ok(Self { app, address, key, runtime, _stop: stop })
    }
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }
    /// Sends as the program; anything but success is an error.
    pub(crate) fn ask(&self, client: &mut Client, request: Request) -> Result<Reply, Broken> {
        let reply = client.send(&request.bearer(&self.key))?;
        if reply.is_ok() { Ok(reply) } else { Err(format!("{} {}", reply.status, reply.text).into()) }
    }
}
