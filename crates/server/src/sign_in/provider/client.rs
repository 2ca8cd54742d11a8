//! Speaking with providers: discovery, the token, its verification.

use crate::config::{Config, Provider};
use guildhall_core::Timestamp;
use openidconnect::{
    AdditionalClaims, AuthenticationFlow, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenClaims, IdTokenFields, IssuerUrl, Nonce,
    OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, StandardErrorResponse, StandardTokenResponse,
    TokenResponse as _, UserInfoClaims,
    core::{
        CoreAuthDisplay, CoreAuthPrompt, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
        CoreTokenIntrospectionResponse, CoreTokenType,
    },
};
use serde::{Deserialize, Serialize};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// What a provider may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer.
const LARGEST: usize = 1024 * 1024;
/// How long a provider's metadata and keys are kept.
const KEPT: Duration = Duration::from_hours(1);

/// What a provider said, verified.
#[derive(Clone, Debug, Default)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    pub email: Option<String>,
    pub email_verified: Option<bool>,
    /// Google: the domain it hosts the account for.
    pub hosted_domain: Option<String>,
    pub name: Option<String>,
    /// When they last proved to the provider who they are, if it says so.
    pub auth_time: Option<Timestamp>,
}

/// What is asked of the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prompt {
    /// To say who they are, by its own session if they have one.
    AsKnown,
    /// To have them prove it anew.
    Anew,
}

/// The claims beyond the standard's.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct More {
    hd: Option<String>,
}
impl AdditionalClaims for More {}

type Fields = IdTokenFields<More, EmptyExtraTokenFields, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;
type ProviderClient = Client<
    More,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The configured providers.
#[derive(Clone, Debug, Default)]
pub struct Providers(Vec<Arc<One>>);

/// One provider, with what was discovered of it.
#[derive(Debug)]
pub(crate) struct One {
    provider: Provider,
    http: reqwest::Client,
    known: Mutex<Option<(Instant, CoreProviderMetadata)>>,
    /// Where its sign-in page is, once known.
    target: parking_lot::Mutex<Option<String>>,
}

impl Providers {
    /// Those of the configuration. Nothing is asked of them yet.
    pub fn new(config: &Config) -> Result<Self, String> {
        if config.providers.is_empty() {
            return Ok(Self::default());
        }
        // Without redirects, so that a provider can't send us elsewhere.
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| error.to_string())?;
        let one = |provider: &Provider| One {
            provider: provider.clone(),
            http: http.clone(),
            known: Mutex::default(),
            target: parking_lot::Mutex::default(),
        };
        Ok(Self(config.providers.iter().map(|provider| Arc::new(one(provider))).collect()))
    }
    pub(crate) fn find(&self, id: &str) -> Option<&Arc<One>> {
        self.0.iter().find(|one| one.provider.id == id)
    }
    /// Every provider, in the order of the configuration.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> {
        self.0.iter().map(|one| &one.provider)
    }
    /// Asks each where its sign-in page is, once: the page that leads there must name it before anybody clicks.
    pub(crate) async fn discover(&self) {
        let unknown = self.0.iter().filter(|one| one.target.lock().is_none());
        futures_util::future::join_all(unknown.map(|one| async {
            if let Err(why) = one.metadata(false).await {
                tracing::warn!(provider = one.provider.id, why, "a provider doesn't answer");
            }
        }))
        .await;
    }
    /// Origins that a form may lead to: the providers' own, and where their sign-in pages turned out to be.
    pub(crate) fn form_targets(&self) -> Vec<String> {
        let mut targets: Vec<String> = self.0.iter().map(|one| one.provider.issuer.origin().ascii_serialization()).collect();
        targets.extend(self.0.iter().filter_map(|one| one.target.lock().clone()));
        targets.sort_unstable();
        targets.dedup();
        targets
    }
    /// Asks each for its metadata and its time: for `doctor`.
    pub async fn check(&self) -> Vec<Checked> {
        let mut found = Vec::new();
        for one in &self.0 {
            let answer = one.metadata(false).await.map(drop);
            let date = if answer.is_ok() { one.date().await } else { None };
            found.push(Checked { id: one.provider.id.clone(), answer, date });
        }
        found
    }
}

/// How a provider answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    pub id: String,
    /// Why not, if it didn't.
    pub answer: Result<(), String>,
    /// The `Date` its server gave.
    pub date: Option<String>,
}

impl One {
    pub(crate) fn provider(&self) -> &Provider {
        &self.provider
    }

    async fn metadata(&self, anew: bool) -> Result<CoreProviderMetadata, String> {
        let mut known = self.known.lock().await;
        if let Some((at, metadata)) = known.as_ref()
            && !anew
            && at.elapsed() < KEPT
        {
            return Ok(metadata.clone());
        }
        let issuer = self.provider.issuer.as_str();
        // An issuer is compared letter by letter, and most are written without the slash that a URL ends with.
        let bare = IssuerUrl::new(issuer.trim_end_matches('/').to_owned()).map_err(|error| error.to_string())?;
        let http = |request| fetch(self.http.clone(), request);
        let metadata = match CoreProviderMetadata::discover_async(bare, &http).await {
            Ok(metadata) => metadata,
            Err(error) => {
                let slashed = IssuerUrl::from_url(self.provider.issuer.clone());
                CoreProviderMetadata::discover_async(slashed, &http).await.map_err(|_| chain(&error))?
            }
        };
        *self.target.lock() = Some(metadata.authorization_endpoint().url().origin().ascii_serialization());
        *known = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    /// The time at its server, as the header says.
    async fn date(&self) -> Option<String> {
        let response = self.http.get(self.provider.issuer.clone()).send().await.ok()?;
        response.headers().get("date")?.to_str().ok().map(str::to_owned)
    }

    async fn client(&self, redirect: &str, anew: bool) -> Result<ProviderClient, String> {
        let metadata = self.metadata(anew).await?;
        let redirect = RedirectUrl::new(redirect.to_owned()).map_err(|error| error.to_string())?;
        let (id, secret) = (ClientId::new(self.provider.client_id.clone()), ClientSecret::new(self.provider.client_secret.clone()));
        Ok(ProviderClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(redirect))
    }

    /// The address of the provider's sign-in page.
    pub(crate) async fn authorization(
        &self,
        redirect: &str,
        state: String,
        nonce: String,
        verifier: &str,
        prompt: Prompt,
    ) -> Result<url::Url, String> {
        let client = self.client(redirect, false).await?;
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned()));
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = client
            .authorize_url(flow, move || CsrfToken::new(state), move || Nonce::new(nonce))
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge);
        // OpenID Connect Core, 3.1.2.1: it must ask them anew, and state in the token when it did.
        let (url, _, _) = match prompt {
            Prompt::AsKnown => request.url(),
            Prompt::Anew => request.set_max_age(Duration::ZERO).url(),
        };
        Ok(url)
    }

    /// Exchanges the code and verifies what comes: issuer, audience, signature, time, nonce.
    pub(crate) async fn claims(&self, redirect: &str, code: &str, nonce: String, verifier: String) -> Result<Claims, String> {
        let client = self.client(redirect, false).await?;
        let http = |request| fetch(self.http.clone(), request);
        let request = client.exchange_code(AuthorizationCode::new(code.to_owned())).map_err(|error| error.to_string())?;
        let tokens =
            request.set_pkce_verifier(PkceCodeVerifier::new(verifier)).request_async(&http).await.map_err(|error| chain(&error))?;
        let token = tokens.id_token().ok_or("the provider sent no ID token")?;
        let nonce = Nonce::new(nonce);
        let claims = match token.claims(&client.id_token_verifier(), &nonce) {
            Ok(claims) => claims.clone(),
            // Its keys may have changed since they were read.
            Err(_) => {
                let fresh = self.client(redirect, true).await?;
                token.claims(&fresh.id_token_verifier(), &nonce).map_err(|error| chain(&error))?.clone()
            }
        };
        let mut said = read(&claims);
        // Some say more at their userinfo endpoint only.
        if said.email.is_none()
            && let Ok(request) = client.user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
        {
            let more: Result<UserInfoClaims<More, CoreGenderClaim>, _> = request.request_async(&http).await;
            if let Ok(more) = more {
                said.email = more.email().map(|email| email.to_string());
                said.email_verified = more.email_verified();
                said.name = said.name.or_else(|| more.name().and_then(|name| name.get(None)).map(|name| name.to_string()));
            }
        }
        Ok(said)
    }
}

fn read(claims: &IdTokenClaims<More, CoreGenderClaim>) -> Claims {
    Claims {
        issuer: claims.issuer().to_string(),
        subject: claims.subject().to_string(),
        email: claims.email().map(|email| email.to_string()),
        email_verified: claims.email_verified(),
        hosted_domain: claims.additional_claims().hd.clone(),
        name: claims.name().and_then(|name| name.get(None)).map(|name| name.to_string()),
        auth_time: claims.auth_time().map(|at| Timestamp(at.timestamp_micros())),
    }
}

/// An error with all that caused it. Providers' words, never a secret: bodies are left out.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text = format!("{text}: {inner}");
        source = inner.source();
    }
    text
}

/// Why a provider didn't answer.
#[derive(Debug, thiserror::Error)]
enum Unanswered {
    #[error("{0}")]
    Http(#[from] reqwest::Error),
    #[error("{0}")]
    Response(#[from] openidconnect::http::Error),
    #[error("an answer of more than {LARGEST} bytes")]
    TooLarge,
}

async fn fetch(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > LARGEST {
            return Err(Unanswered::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = openidconnect::http::Response::builder().status(response.status());
    if let Some(headers) = answer.headers_mut() {
        headers.clone_from(response.headers());
    }
    Ok(answer.body(body)?)
}
