package settings

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/tui/screen"
)

// Flags are the settings of the command line. The zero value of each means that
// it was not given.
type Flags struct {
	Config string
	// Context names the contexts to use, with commas between them.
	Context      string
	Server       string
	DockerConfig string
	NotaryConfig string
	TrustDir     string
	KeyDir       string
	KeyFiles     []string
	PKCS11       []string
	Archive      string
	At           string
	Pins         []string
	TLSCACert    string
	TLSCert      string
	TLSKey       string
	CacheDir     string
	NoCache      bool
	Timeout      time.Duration
	Parallel     int
	Theme        string
	ASCII        bool
	NoMouse      bool
	Plain        bool
	// Refresh is a time, a number of seconds or "off".
	Refresh string
	LogFile string
}

// World is everything outside that settings depend on.
type World struct {
	// Getenv returns a variable of the environment, "" where it is not set.
	Getenv func(string) string
	// ReadFile reads a file; an error that is fs.ErrNotExist means that it is
	// not there.
	ReadFile func(string) ([]byte, error)
	// ReadDir returns the names in a folder, as ReadFile; nil where there are none.
	ReadDir func(string) ([]string, error)
	// Home is the user's home folder, WorkDir the current one. Both absolute.
	Home, WorkDir string
	// OS is the name of the operating system as in runtime.GOOS.
	OS string
}

// Settings of one run. All paths are absolute.
type Settings struct {
	// Context is the name of the context in use, DefaultContext where none is.
	Context string
	// FoldersOnly tells that the context has repositories in folders and on the web, and no
	// server.
	FoldersOnly bool

	// Server is the URL of the one server for all repositories, without a
	// final slash. Where it is empty, each repository has its own: see
	// ServerFor.
	Server string
	// ServerFrom says where Server was set, for messages.
	ServerFrom string

	// DockerConfig is Docker's folder: credentials and TLS certificates.
	DockerConfig string
	// TrustDir is the folder with private keys and cached metadata that Docker and Notary share.
	TrustDir string
	// KeyDir is trustdeck's own folder of private keys.
	KeyDir string
	// KeyFiles are files with private keys that are only read.
	KeyFiles []string
	// PKCS11 are PKCS #11 modules: libraries that reach tokens. None is loaded that isn't named.
	PKCS11 []string
	// TLS applies to every server.
	TLS TLS
	// NotaryAuth is the value of NOTARY_AUTH, not looked into.
	NotaryAuth Secret
	Pins       dialect.Pins

	// Holders names the holders of keys by key ID or fingerprint, and Organisations the
	// organisations of holders by name.
	Holders, Organisations map[string]string

	// Repositories are the locations of TUF 1.0 repositories by the names that the user has
	// given them: URLs and absolute paths of folders.
	Repositories map[string]string

	// Archive is the folder of an archive to read instead of a server.
	Archive string
	// At is the moment to judge for; zero for now.
	At time.Time
	// Soon is how long before an expiry a warning is given; 0 for the default.
	Soon time.Duration

	// CacheDir is trustdeck's own cache; empty where none is to be used.
	CacheDir string
	// JournalDir keeps what plans have done until they are done with.
	JournalDir string
	// BackupRecord is the file that remembers which keys were backed up.
	BackupRecord string
	// MemoryDir keeps what was verified of repositories before.
	MemoryDir string
	// Timeout of one request, and Parallel, how many run at once; 0 for the
	// defaults.
	Timeout  time.Duration
	Parallel int

	// Refresh is how often the full screen asks whether anything has changed; Off for never,
	// 0 for the default.
	Refresh time.Duration

	// Theme is "auto", "light", "dark" or "mono".
	Theme string
	// ASCII is also set where the locale is not of UTF-8.
	ASCII bool
	Mouse bool
	// Notify tells the user, while the terminal is out of focus, what waits and what has ended.
	Notify bool
	// LogFile receives the events of the run; empty for none.
	LogFile string

	told origins
}

// TLS names the files for connections. Empty members are not set.
type TLS struct {
	// CACert replaces the system's authorities.
	CACert string
	// Cert and Key are the client's own; both are set or none.
	Cert, Key string
	// SkipVerify accepts any server certificate.
	SkipVerify bool
}

// Secret is a text that must not be shown.
type Secret string

// String keeps the secret out of messages.
func (Secret) String() string { return "(secret)" }

// GoString keeps the secret out of dumps.
func (Secret) GoString() string { return "(secret)" }

// Resolve decides, for one context. Errors are *model.Fault: of kind FaultUsage where a
// setting is wrong or several contexts are in use, FaultLocal where a file cannot be read.
func Resolve(f Flags, w World) (Settings, error) {
	names, from, err := Chosen(f, w)
	if err != nil {
		return Settings{}, err
	}
	if len(names) > 1 {
		return Settings{}, usage(from.Name, "several contexts are in use, but this command takes one: "+strings.Join(names, ", "), "Name one with --context.")
	}
	return resolve(f, w, names[0], from)
}

// resolve decides for the context of this name, which was chosen there.
func resolve(f Flags, w World, name string, from screen.Origin) (Settings, error) {
	own, err := readOwn(f, w)
	if err != nil {
		return Settings{}, err
	}
	in, err := readContext(f, w, name, from)
	if err != nil {
		return Settings{}, err
	}
	theirs, err := readNotary(f, own, in, w)
	if err != nil {
		return Settings{}, err
	}
	own, theirs = in.place(own, theirs)
	s := Settings{
		Context: name, FoldersOnly: in.folders(),
		Archive: w.abs(f.Archive), Repositories: own.Repositories, told: newTold(f, w, own, theirs, in),
	}
	if in.name != "" {
		s.Repositories = in.Repositories
	}
	s.told.from[KeyContext] = from
	s.setFolders(f, w, own, theirs)
	s.setLook(f, w, own)
	refresh, ok := parseRefresh(f.Refresh)
	if !ok {
		return Settings{}, usage("--refresh", fmt.Sprintf("%q is not an interval between checks for changes", f.Refresh), refreshHint)
	}
	s.Refresh = choose(&s, keyRefresh, flag("--refresh", refresh), inFile(own, own.Refresh))
	choose(&s, "notary_config", flag("--notary-config", f.NotaryConfig), inFile(own, own.NotaryConfig),
		byDefault("it applies if no earlier source sets a server or Docker's folder", theirs.File))
	s.Timeout = choose(&s, "timeout", flag("--timeout", f.Timeout), inContext(in, in.named, in.Timeout), inFile(own, own.Timeout))
	s.Parallel = choose(&s, "parallel", flag("--parallel", f.Parallel), inContext(in, in.named, in.Parallel), inFile(own, own.Parallel))
	s.LogFile = choose(&s, "log_file", flag("--log-file", w.abs(f.LogFile)), inFile(own, own.LogFile))
	for _, step := range []func(*Settings, Flags, World, ownConfig, notaryConfig) error{
		(*Settings).setServer, (*Settings).setTLS, (*Settings).setPins, (*Settings).setHolders, (*Settings).setRest,
	} {
		if err := step(&s, f, w, own, theirs); err != nil {
			return Settings{}, err
		}
	}
	return s, nil
}

// setFolders decides which folders are used.
func (s *Settings) setFolders(f Flags, w World, own ownConfig, theirs notaryConfig) {
	in := s.told.context
	s.DockerConfig = choose(s, "docker_config", flag("--docker-config", w.abs(f.DockerConfig)), inContext(in, true, in.DockerConfig),
		variable("DOCKER_CONFIG", w.abs(w.Getenv("DOCKER_CONFIG"))), inContext(in, false, in.DockerConfig), inFile(own, own.DockerConfig),
		byDefault("", filepath.Join(w.Home, ".docker")))
	s.TrustDir = choose(s, "trust_dir", flag("--trust-dir", w.abs(f.TrustDir)), inContext(in, in.named, in.TrustDir), inFile(own, own.TrustDir),
		inNotary(theirs, theirs.TrustDir), byDocker("the folder trust in Docker's folder", filepath.Join(s.DockerConfig, "trust")))
	s.KeyDir = choose(s, "key_dir", flag("--key-dir", w.abs(f.KeyDir)), variable(KeyDirVariable, w.abs(w.Getenv(KeyDirVariable))), inFile(own, own.KeyDir), byDefault("", w.keyDir()))
	s.KeyFiles = s.files(w, "key_files", "--key-file", f.KeyFiles, inFile(own, "").from, own.KeyFiles)
	s.PKCS11 = distinct(s.files(w, keyPKCS11, "--pkcs11", f.PKCS11, inFile(own, "").from, own.PKCS11))
	s.JournalDir, s.BackupRecord, s.MemoryDir = w.journalDir(), w.backupRecord(), w.memoryDir()
	off := choose(s, "cache", flag("--no-cache", f.NoCache), inFile(own, own.NoCache))
	if !off {
		s.CacheDir = choose(s, "cache", flag("--cache-dir", w.abs(f.CacheDir)), inFile(own, own.CacheDir), byDefault("", w.cacheDir()))
	}
}

// keyPKCS11 is the key of config.toml that names modules.
const keyPKCS11 = "pkcs11_modules"

// files takes those of a flag, else those of config.toml.
func (s *Settings) files(w World, key, option string, given []string, from screen.Origin, own []string) []string {
	var out []string
	for _, path := range given {
		out = append(out, w.abs(path))
	}
	switch {
	case out != nil:
		from = flag(option, "").from
	case own != nil:
		out = own
	default:
		from = byDefault("", "").from
	}
	s.told.from[key] = from
	return out
}

// distinct leaves out what is named twice.
func distinct(files []string) []string {
	var out []string
	for _, f := range files {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}

// setLook decides what is shown how.
func (s *Settings) setLook(f Flags, w World, own ownConfig) {
	s.Soon = choose(s, keySoon, inFile(own, own.Soon))
	s.Theme = choose(s, keyTheme, flag("--theme", f.Theme), inFile(own, own.Theme), byDefault("", "auto"))
	locale, utf8 := w.locale()
	s.ASCII = choose(s, keyASCII, flag("--ascii", f.ASCII), inFile(own, own.ASCII), variable(locale, !utf8))
	s.Mouse = !choose(s, keyMouse, flag("--no-mouse", f.NoMouse), inFile(own, own.NoMouse))
	s.Notify = !choose(s, keyNotify, inFile(own, own.NoNotify))
}

// setTLS takes the certificate and its key from one place.
func (s *Settings) setTLS(f Flags, w World, own ownConfig, theirs notaryConfig) error {
	if s.Server == "" {
		// What Notary's file has for its one server is not for that of every registry.
		theirs.TLS = TLS{CACert: theirs.TLS.CACert}
	}
	in := s.told.context
	s.TLS = TLS{
		CACert: choose(s, "tls_ca_cert", flag("--tlscacert", w.abs(f.TLSCACert)), inContext(in, in.named, in.TLS.CACert), inFile(own, own.TLS.CACert),
			inNotary(theirs, theirs.TLS.CACert), byDocker("the system's, and those in Docker's folder", "")),
		SkipVerify: choose(s, "tls_verify", inNotary(theirs, theirs.TLS.SkipVerify)),
	}
	s.told.from["tls_cert"] = byDocker("that in Docker's folder, if there is one", "").from
	for _, from := range []struct {
		name string
		tls  TLS
		from screen.Origin
	}{
		{"command line", TLS{Cert: w.abs(f.TLSCert), Key: w.abs(f.TLSKey)}, flag("--tlscert", "").from},
		{in.File, in.TLS, in.from()},
		{own.File, own.TLS, inFile(own, "").from},
		{theirs.File, theirs.TLS, inNotary(theirs, "").from},
	} {
		if from.tls.Cert == "" && from.tls.Key == "" {
			continue
		}
		if from.tls.Cert == "" || from.tls.Key == "" {
			return usage(from.name, "a client certificate and its key must be given together",
				"Give both --tlscert and --tlskey, or neither.")
		}
		s.TLS.Cert, s.TLS.Key = from.tls.Cert, from.tls.Key
		s.told.from["tls_cert"] = from.from
		break
	}
	return nil
}

// setRest checks and converts the settings that come from one place only.
func (s *Settings) setRest(f Flags, w World, _ ownConfig, _ notaryConfig) error {
	var err error
	if s.At, err = parseMoment(f.At); err != nil {
		return err
	}
	s.NotaryAuth = Secret(w.Getenv("NOTARY_AUTH"))
	switch {
	case s.Timeout < 0:
		return usage("timeout", fmt.Sprintf("%s is not a timeout", s.Timeout), "Write, for example, 30s.")
	case s.Parallel < 0 || s.Parallel > maxParallel:
		return usage("parallel", fmt.Sprintf("the number of requests is %d but must be between 1 and %d", s.Parallel, maxParallel), "")
	}
	return checkTheme(s.Theme)
}

// maxParallel keeps a slip of the finger from flooding a server.
const maxParallel = 256

func checkTheme(name string) error {
	if slices.Contains(Themes(), name) {
		return nil
	}
	return usage("theme", fmt.Sprintf("%q is not a theme", name), "Choose "+strings.Join(Themes(), ", ")+".")
}

// Themes lists the names that Theme may have.
func Themes() []string { return []string{"auto", "light", "dark", "mono"} }

// parseMoment reads an instant or a date, which is its first second in UTC.
func parseMoment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usage("--at", fmt.Sprintf("%q is neither a date nor a time", s),
		"Write, for example, 2026-12-08 or 2026-12-08T12:00:00Z.")
}

// first returns the first value that is set.
func first[T comparable](values ...T) T {
	var zero T
	for _, v := range values {
		if v != zero {
			return v
		}
	}
	return zero
}

func usage(subject, text, hint string) *model.Fault {
	return &model.Fault{Kind: model.FaultUsage, Subject: subject, Text: text, Hint: hint}
}
