//! Which app of which Firebase project asks, and how patiently.

use std::fmt;
use std::time::Duration;

/// Which app of which Firebase project asks, and how patiently.
#[derive(Clone)]
pub struct FirebaseApp {
    /// The project's id, or its number.
    pub project: String,
    /// The key in the app's configuration from Firebase.
    pub api_key: String,
    /// The app's id there, as `1:123456789012:ios:0123456789abcdef`.
    pub app_id: String,
    /// Which of the project's templates; `firebase` is the one in the console.
    pub namespace: String,
    /// By what the project can tell that its key is used by its own app.
    pub caller: Caller,
    /// What conditions of the template may ask about the device.
    pub device: Device,
    /// Where the services are.
    pub endpoint: Endpoint,
    /// How old values may grow before they are fetched anew without anybody having said that they changed.
    pub minimum_interval: Duration,
    /// How long a fetch may take, with everything that belongs to it.
    pub timeout: Duration,
}

/// By what a project can tell that its key is used by its own app, where it restricts the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Caller {
    /// By nothing: the key is not restricted to apps.
    #[default]
    Anyone,
    /// An app on Apple's systems.
    Ios {
        /// As `com.example.habits`.
        bundle_id: String,
    },
    /// An app on Android.
    Android {
        /// As `com.example.habits`.
        package: String,
        /// The SHA-1 of the certificate that signed it, in hexadecimal digits.
        certificate: String,
    },
}

/// What conditions of a template may ask about the device. What is not said, no condition on it holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// As `de-CH`.
    pub language: Option<String>,
    /// As `CH`.
    pub country: Option<String>,
    /// As `Europe/Zurich`.
    pub time_zone: Option<String>,
    /// The system's version.
    pub platform_version: Option<String>,
    /// The app's version, as people see it.
    pub app_version: Option<String>,
    /// The app's build number.
    pub app_build: Option<String>,
}

/// Where the services are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Endpoint {
    /// Google's, over TLS.
    #[default]
    Google,
    /// All three at one address, as `http://127.0.0.1:9090`: a test's, or a proxy.
    At(String),
}

impl FirebaseApp {
    /// An app whose key is not restricted, at Google, as patient as Firebase's own clients are.
    pub fn new(project: impl Into<String>, api_key: impl Into<String>, app_id: impl Into<String>) -> Self {
        Self {
            project: project.into(),
            api_key: api_key.into(),
            app_id: app_id.into(),
            namespace: "firebase".to_owned(),
            caller: Caller::default(),
            device: Device::default(),
            endpoint: Endpoint::default(),
            minimum_interval: Duration::from_secs(12 * 60 * 60),
            timeout: Duration::from_secs(60),
        }
    }

    /// What is remembered is remembered for this: another project's or app's flags are not ours.
    pub(super) fn name(&self) -> String {
        format!("remote_config/{}/{}/{}", self.project, self.app_id, self.namespace)
    }
}

impl Caller {
    pub(super) fn headers(&self) -> Vec<(&'static str, &str)> {
        match self {
            Caller::Anyone => Vec::new(),
            Caller::Ios { bundle_id } => vec![("x-ios-bundle-identifier", bundle_id)],
            Caller::Android { package, certificate } => {
                vec![("x-android-package", package), ("x-android-cert", certificate)]
            }
        }
    }

    pub(super) fn package(&self) -> Option<&str> {
        match self {
            Caller::Anyone => None,
            Caller::Ios { bundle_id: package } | Caller::Android { package, .. } => Some(package),
        }
    }
}

/// The key is no secret, and is no one's business either.
impl fmt::Debug for FirebaseApp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "FirebaseApp({} of {} at {:?})", self.app_id, self.project, self.endpoint)
    }
}
