package settings

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"trustdeck/model/admin"
	"trustdeck/model/health"
	"trustdeck/remote/notaryserver"
	"trustdeck/tui/screen"
	"trustdeck/tui/theme"
)

// resolved lists the settings for the screen.
func (s Settings) resolved() screen.Resolved {
	return screen.Resolved{
		Settings: slices.Concat(s.listChangeable(), s.listPlaces(), s.listRepositories(), s.listConnection(), s.listPins(), s.listHolders()),
		Look:     s.look(), Path: s.told.file, Exists: s.told.exists,
	}
}

// look is what takes effect at once.
func (s Settings) look() screen.Look {
	return screen.Look{Theme: theme.Mode(s.Theme), ASCII: s.ASCII, Mouse: s.Mouse, Notify: s.Notify, Soon: s.soon(), Every: s.Every()}
}

func (s Settings) soon() time.Duration { return first(s.Soon, health.DefaultOptions().Soon) }

// from is where a setting comes from. Settings that were not resolved were made
// by whoever ServerFrom names.
func (s Settings) from(key string) screen.Origin {
	if from, ok := s.told.from[key]; ok {
		return from
	}
	return screen.Origin{Kind: screen.OriginProgram, Name: s.ServerFrom}
}

// field is what config.toml says of a setting that can be changed.
func (s Settings) field(id screen.SettingID, live bool) *screen.Field {
	kind := s.from(string(id)).Kind
	f := &screen.Field{
		ID: id, Stated: s.told.says[string(id)], Live: live,
		Counts: kind != screen.OriginFlag && kind != screen.OriginEnvironment && kind != screen.OriginProgram &&
			(id != screen.SettingServer || s.told.context.name == ""),
	}
	switch id {
	case screen.SettingServer:
		f.Prompt = "The URL of the trust server, such as https://notary.example.org:4443."
		if holdsCredentials(f.Stated) {
			f.Stated = "(holds credentials)"
		}
	case screen.SettingSoon:
		f.Prompt = "How many days before an expiry to warn, such as 30."
	case screen.SettingRefresh:
		f.Prompt = "How often to check for changes by others: seconds, such as 30, or off."
	case screen.SettingTheme:
		f.Options = Themes()
	default:
		f.Options = []string{"true", "false"}
	}
	return f
}

// holdsCredentials reports whether a URL must not be shown.
func holdsCredentials(text string) bool {
	u, err := url.Parse(text)
	return strings.Contains(text, "@") && (err != nil || u.User != nil || u.Host == "")
}

func (s Settings) listChangeable() []screen.Setting {
	server := screen.Setting{
		Name: "trust server", Value: first(s.Server, s.withoutServer()), From: s.from(keyServer),
		Help:  "The Notary server for all repositories. Without one, trustdeck uses the same server as docker: " + hubServer + " for docker.io, otherwise the registry itself.",
		Field: s.field(screen.SettingServer, false),
	}
	if strings.HasPrefix(s.Server, "http://") {
		server.Warning = "The connection is not encrypted: anyone on the network can read everything and hold back new versions."
	}
	look := screen.Setting{
		Name: "theme", Value: s.Theme, From: s.from(keyTheme), Field: s.field(screen.SettingTheme, true),
		Help: "The colours. auto follows the terminal's background; mono uses none.",
	}
	if s.told.noColor {
		look.Warning = "NO_COLOR is set: no colours are used, whatever the theme."
	}
	return []screen.Setting{
		server,
		{
			Name: "expiry warning", Value: days(s.soon()), From: s.from(keySoon), Field: s.field(screen.SettingSoon, true),
			Help: "How long before it expires a role counts as expiring soon.",
		},
		look,
		{
			Name: "ascii", Value: onOff(s.ASCII), From: s.from(keyASCII), Field: s.field(screen.SettingASCII, true),
			Help: "Draw with ASCII characters only. Always on if the locale isn't UTF-8.",
		},
		{
			Name: "mouse", Value: onOff(s.Mouse), From: s.from(keyMouse), Field: s.field(screen.SettingMouse, true),
			Help: "Use the mouse for clicks and scrolling. Press m to turn it off for a moment, to select text in the terminal.",
		},
		{
			Name: "notifications", Value: onOff(s.Notify), From: s.from(keyNotify), Field: s.field(screen.SettingNotify, true),
			Help: "Notify you when a change waits for you or ends while the terminal is out of focus. It sends a desktop notification if the terminal is known to show them, otherwise it rings the bell.",
		},
		{
			Name: "refresh", Value: s.refreshed(), From: s.from(keyRefresh), Field: s.field(screen.SettingRefresh, true),
			Help: "How often the full screen checks for changes by others. It sends one request to a server that lists changes, otherwise one for the timestamp of each repository on the screen. It pauses while you make a change.",
		},
	}
}

// withoutServer says what is read where no server is set.
func (s Settings) withoutServer() string {
	if s.FoldersOnly {
		return "none: only the context's folders and URLs"
	}
	return "each registry's own"
}

func (s Settings) listPlaces() []screen.Setting {
	out := []screen.Setting{
		{
			Name: "context", Value: first(s.Context, "none"), From: s.from(KeyContext),
			Help: "The server or folders in use, with their certificates, repositories and trust folder. List them with trustdeck context list; " + DefaultContext + " stands for the settings without one.",
		},
		{
			Name: "trust folder", Value: s.TrustDir, From: s.from("trust_dir"),
			Help: "Private keys, and the roots that docker and notary cached.",
		},
		{
			Name: "key folder", Value: s.KeyDir, From: s.from("key_dir"),
			Help: "trustdeck's own folder of private keys, for TUF 1.0 repositories.",
		},
		{
			Name: "key files", Value: first(strings.Join(s.KeyFiles, ", "), "none"), From: s.from("key_files"),
			Help: "Other files with private keys, which trustdeck reads and never changes.",
		},
		{
			Name: "PKCS #11 modules", Value: first(strings.Join(s.PKCS11, ", "), "none"), From: s.from(keyPKCS11),
			Help: "Libraries that reach tokens with private keys. They are code: trustdeck loads none that you have not named.",
		},
		{
			Name: "docker folder", Value: s.DockerConfig, From: s.from("docker_config"),
			Help: "Docker's settings: credentials of docker login, and certificates of servers.",
		},
		{
			Name: "notary's file", Value: first(s.told.notary.File, "not in use"), From: s.from("notary_config"),
			Help: "Notary's config.json. Its server, trust folder, certificates and pins apply unless an earlier source sets them.",
		},
		{
			Name: "cache folder", Value: first(s.CacheDir, "no cache"), From: s.from("cache"),
			Help: "trustdeck's copies of what it read, to show at once. It keeps the record of what it verified elsewhere, in " + s.MemoryDir + ".",
		},
		{
			Name: "log file", Value: first(s.LogFile, "none"), From: s.from("log_file"),
			Help: "The file for the events of the run. They contain no secrets.",
		},
	}
	if s.Archive != "" {
		out = append(out, screen.Setting{
			Name: "archive", Value: s.Archive, From: flag("--archive or the first page", "").from, Help: "The archive that trustdeck reads instead of a server.",
		})
	}
	if !s.At.IsZero() {
		out = append(out, screen.Setting{
			Name: "moment", Value: s.At.UTC().Format(time.RFC3339), From: flag("--at", "").from, Help: "trustdeck judges expiry as of this time instead of now.",
		})
	}
	return out
}

// listRepositories lists the names of TUF 1.0 repositories, where there are any.
func (s Settings) listRepositories() []screen.Setting {
	if len(s.Repositories) == 0 {
		return nil
	}
	return s.listNames("repository", "A TUF 1.0 repository and its name on the command line. Change them with trustdeck repos add and repos remove.", s.Repositories)
}

func (s Settings) listConnection() []screen.Setting {
	check := screen.Setting{
		Name: "server check", Value: onOff(!s.TLS.SkipVerify), From: s.from("tls_verify"),
		Help: "Whether to check the certificates of servers. Only notary's skipTLSVerify turns this off, for the one server that is set.",
	}
	if s.TLS.SkipVerify {
		check.Warning = "trustdeck doesn't check server certificates: anyone on the network can pose as the server."
	}
	credentials := screen.Setting{
		Name: "credentials", Value: "docker's, by registry", From: screen.Origin{Kind: screen.OriginDocker, Name: filepath.Join(s.DockerConfig, "config.json")},
		Help: "The login that trustdeck sends to servers. trustdeck never shows the values.",
	}
	if s.NotaryAuth != "" && s.Server != "" {
		credentials.Value, credentials.From = "from NOTARY_AUTH, not shown", variable("NOTARY_AUTH", "").from
	}
	return []screen.Setting{
		check,
		{
			Name: "authorities", Value: first(s.TLS.CACert, "the system's"), From: s.from("tls_ca_cert"),
			Help: "The CAs that trustdeck trusts for server certificates.",
		},
		{
			Name: "client cert", Value: first(s.TLS.Cert, "none named"), From: s.from("tls_cert"),
			Help: "The client certificate for servers that ask for one, with its key" + with(": ", s.TLS.Key) + ".",
		},
		credentials,
		{
			Name: "timeout", Value: first(s.Timeout, notaryserver.DefaultTimeout).String(), From: s.from("timeout"),
			Help: "The timeout per request.",
		},
		{
			Name: "parallel", Value: s.parallel(), From: s.from("parallel"),
			Help: "How many requests run at the same time. Unless you set it, requests that could crash a Notary server run one at a time.",
		},
	}
}

// parallel is how many requests run at once: the default depends on the server.
func (s Settings) parallel() string {
	if s.Parallel > 0 {
		return strconv.Itoa(s.Parallel)
	}
	return strconv.Itoa(admin.DefaultParallel) + " (Notary: 1)"
}

// listPins lists what is trusted beforehand.
func (s Settings) listPins() []screen.Setting {
	use := screen.Setting{
		Name: "first use", Value: "trusted, with a notice", From: s.from("first_use"),
		Help: "What to do with a repository that is neither pinned nor known: trust its first root, or refuse it.",
	}
	if s.Pins.NoFirstUse {
		use.Value = "refused"
	}
	out := []screen.Setting{use}
	pins := slices.Clone(s.told.pins)
	slices.SortFunc(pins, func(a, b pinTold) int { return strings.Compare(a.pattern, b.pattern) })
	for i, p := range pins {
		out = append(out, screen.Setting{
			Name: fmt.Sprintf("pin %d", i+1), Value: p.pattern + " = " + p.to, From: p.from,
			Help: "The only root certificates that trustdeck trusts for the matching repositories.",
		})
	}
	if len(pins) == 0 {
		out = append(out, screen.Setting{
			Name: "pins", Value: "none", From: byDefault("", "").from, Help: "The only root certificates that trustdeck trusts, by repository.",
		})
	}
	return out
}

// with is a text after a lead, or nothing.
func with(lead, text string) string {
	if text == "" {
		return ""
	}
	return lead + text
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// days is a time for people: in days where it is whole ones.
func days(d time.Duration) string {
	n := d / (24 * time.Hour)
	switch {
	case d%(24*time.Hour) != 0:
		return d.String()
	case n == 1:
		return "1 day"
	default:
		return strconv.FormatInt(int64(n), 10) + " days"
	}
}
