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
where each registry has its own, it is not used, for it would go to all. A login goes
to the server, and to the token server that it names, over TLS or on this machine;
nowhere else, wherever the server redirects.

TLS certificates for a server are taken from the folder tls/HOST:PORT in Docker's
folder, or from the flags. The client certificate, and notary's skipTLSVerify, are for
the server alone: a token server has a folder of its own, or is met with the same
authorities. Those for a registry are taken from certs.d/HOST:PORT in Docker's folder, in the docker folder of
the user's own settings, or in /etc/docker, whichever is first; the flags and
NOTARY_AUTH are not for registries. A registry on this machine, which is localhost
or a loopback address, needs none and is asked without TLS where it has none.

Proxies are those of HTTPS_PROXY, HTTP_PROXY and NO_PROXY: HTTP and HTTPS proxies, and
SOCKS 5. All of the above holds behind them. A proxy that is itself reached over TLS is
met like a token server.

The settings page of the full screen (the key , or trustdeck /settings) shows all
settings with the place of each. It changes server, expiry_warning, theme, ascii
and mouse: what can counts at once, and w shows what would become of config.toml
before it is written. Comments and order stay, the file becomes readable by you
alone, and a symbolic link is followed. A password in the file is refused.`
