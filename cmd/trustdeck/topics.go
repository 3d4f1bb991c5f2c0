package main

// settingsTopic is the page behind "trustdeck help settings".
const settingsTopic = `Each setting is taken from the first of these that states it:

  1. the command line
  2. the environment: DOCKER_CONFIG, DOCKER_CONTENT_TRUST_SERVER, NOTARY_AUTH
  3. trustdeck's config.toml, in $XDG_CONFIG_HOME/trustdeck or ~/.config/trustdeck
  4. Notary's config.json, where it is in use
  5. what docker does: ~/.docker, and for each repository the server of its
     registry (https://notary.docker.io for docker.io, else https://REGISTRY)

Notary's config.json is in use where --notary-config or config.toml names it. The
one in ~/.notary is also in use where nothing before it names a server or Docker's
folder. Then its server, trust folder, certificates and pins count.

What was verified before is remembered in the folder memory, and changes that are
under way in the folder journal, of $XDG_STATE_HOME/trustdeck or
~/.local/state/trustdeck. No setting moves or removes them: --no-cache neither.

config.toml may have these keys; a key that does not exist is an error. Paths are
relative to the file.

  server = "https://notary.example.org:4443"
  docker_config = "~/.docker"
  notary_config = "~/.notary/config.json"
  trust_dir = "~/.docker/trust"
  tls_ca_cert = "ca.crt"        # instead of the system's authorities
  tls_cert = "me.crt"
  tls_key = "me.key"
  cache = true
  cache_dir = "~/.cache/trustdeck"
  timeout = "30s"
  parallel = 16
  expiry_warning = "30d"
  theme = "auto"
  ascii = false
  mouse = true
  log_file = "trustdeck.log"
  first_use = true              # false: refuse what is neither pinned nor cached

  [pins]                        # root certificates that alone are trusted, by ID
  # "registry.example.org/acme/app" = ["1a2b…"]
  # "registry.example.org/*" = ["3c4d…", "5e6f…"]

  [pin_cas]                     # authorities by prefix of the name
  # "docker.io/" = "hub-ca.pem"

Credentials are those of docker login, found by the registry of each repository.
NOTARY_AUTH, base64 of name:password, comes before them where one server is set;
where each registry has its own, it is not used, for it would go to all. A login is
sent to the server and to the token server that it names, over TLS or on this machine,
and nowhere else, whatever a redirect says.

TLS certificates for a server are taken from the folder tls/HOST:PORT in Docker's
folder, or from the flags. The client certificate, and notary's skipTLSVerify, are for
the server alone. A token server uses its own folder, else the same authorities.

Those for a registry are taken from certs.d/HOST:PORT in Docker's folder, in the docker
folder of the user's own settings, or in /etc/docker, whichever is first; the flags and
NOTARY_AUTH are not for registries. A registry on this machine, which is localhost
or a loopback address, needs none and is asked without TLS where it has none.

HTTPS_PROXY, HTTP_PROXY and NO_PROXY name the proxy: http, https or socks5. All
certificates apply behind it as they do without one. An https proxy uses its own folder
tls/HOST:PORT, else the authorities of the server.

A pin applies to the repository that is spelled like it. One with capitals also applies
to other spellings of the name, where nothing else is pinned for them. The name in --pin
is also read as docker reads it: alpine is docker.io/library/alpine. Pins in Notary's
config.json are read in lower case, as Notary reads them. A pin that can match nothing
is an error.

The settings page of the full screen (the key , or trustdeck /settings) shows all
settings with the place of each. It changes server, expiry_warning, theme, ascii
and mouse: what can counts at once, and w shows what would become of config.toml
before it is written. Comments and order stay, the file becomes readable by you
alone, and a symbolic link is followed. A password in the file is refused.`
