package settings

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/tui/screen"
)

// DefaultContext names the settings that apply without a context.
const DefaultContext = "default"

// KeyContext is the key of config.toml that names the contexts in use.
const KeyContext = "context"

// contextVariable names them in the environment.
const contextVariable = "TRUSTDECK_CONTEXT"

// contextKeys are the keys of config.toml that a context may have. What else there is, such
// as a theme, is the user's and not that of a place.
var contextKeys = []string{
	keyServer, "docker_config", "trust_dir", "tls_ca_cert", "tls_cert", "tls_key", "timeout", "parallel",
	"first_use", "pins", "pin_cas", keyRepositories,
}

// Context is a server or folders, under a name: a file of its own, beside config.toml.
type Context struct {
	Name, File string
	// Server is a URL; empty where the context has none.
	Server string
	// TLS, TrustDir and DockerConfig are absolute paths, empty where the context does not
	// state them.
	TLS                    TLS
	TrustDir, DockerConfig string
	// Repositories are the locations of TUF 1.0 repositories by name.
	Repositories map[string]string
	// Fault is why the file cannot be used; nil where it can.
	Fault error
}

// chosen is a context in use; the zero value is none.
type chosen struct {
	ownConfig
	// name is empty where no context is in use.
	name string
	// named tells that it was named for this run: it then comes before the environment.
	named bool
}

// Chosen names the contexts in use, and says where they were named. Without any, there is
// one name, DefaultContext. Whether they exist is not looked at.
func Chosen(f Flags, w World) (names []string, from screen.Origin, err error) {
	own, err := readOwn(f, w)
	if err != nil {
		return nil, screen.Origin{}, err
	}
	return chosenNames(f, w, own)
}

func chosenNames(f Flags, w World, own ownConfig) ([]string, screen.Origin, error) {
	for _, s := range []stated[string]{flag("--context", f.Context), variable(contextVariable, w.Getenv(contextVariable)), inFile(own, own.Context)} {
		if s.value == "" {
			continue
		}
		names, err := parseContexts(s.from.Name, s.value)
		return names, s.from, err
	}
	return []string{DefaultContext}, screen.Origin{Kind: screen.OriginDefault}, nil
}

// parseContexts reads names with commas between them.
func parseContexts(from, text string) ([]string, error) {
	var out []string
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		if name != DefaultContext {
			if wrong := wrongName(name); wrong != "" {
				return nil, usage(from, fmt.Sprintf("%s is not the name of a context: %s", display.Quote(display.Cut(name, 100)), wrong), "List the names with: trustdeck context list. Separate several with commas.")
			}
		}
		if slices.Contains(out, name) {
			return nil, usage(from, fmt.Sprintf("the context %s is named twice", name), "Name each of them once.")
		}
		out = append(out, name)
	}
	return out, nil
}

// ResolveEach decides for each context in use, in the order in which they are named.
func ResolveEach(f Flags, w World) ([]Settings, error) {
	names, from, err := Chosen(f, w)
	if err != nil {
		return nil, err
	}
	if len(names) > 1 {
		for flag, value := range map[string]string{"--server": f.Server, "--archive": f.Archive} {
			if value != "" {
				return nil, usage(flag, "it cannot apply to several contexts at once: "+strings.Join(names, ", "), "Leave it out, or name one context.")
			}
		}
	}
	out := make([]Settings, len(names))
	for i, name := range names {
		if out[i], err = resolve(f, w, name, from); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// readContext reads a context that is in use.
func readContext(f Flags, w World, name string, from screen.Origin) (chosen, error) {
	if name == DefaultContext {
		return chosen{}, nil
	}
	file := w.contextFile(f, name)
	content, ok, err := w.read(file, false)
	if err != nil {
		return chosen{}, err
	}
	if !ok {
		return chosen{}, noContext(name, from)
	}
	c, err := parseContext(file, content, w)
	named := from.Kind == screen.OriginFlag || from.Kind == screen.OriginEnvironment
	return chosen{c, name, named}, err
}

func noContext(name string, from screen.Origin) *model.Fault {
	hint := "List the contexts with: trustdeck context list. To add it: trustdeck context add " + name + "."
	if from.Kind == screen.OriginFile {
		hint += " To continue without one: trustdeck context use " + DefaultContext + "."
	}
	return usage(from.Name, fmt.Sprintf("there is no context %s", name), hint)
}

// parseContext reads the file of a context: config.toml with the keys of a place.
func parseContext(file string, content []byte, w World) (ownConfig, error) {
	c, err := parseOwn(file, content, w)
	if err != nil {
		return ownConfig{}, err
	}
	for _, key := range slices.Sorted(maps.Keys(c.Says)) {
		if !slices.Contains(contextKeys, key) {
			return ownConfig{}, usage(file, key+" is not a setting of a context", "Move it to config.toml. A context may have "+strings.Join(contextKeys, ", ")+".")
		}
	}
	return c, nil
}

// inContext is what a context states: where it was named for this run, for the place before
// the environment, which is the first one; otherwise for the place after it.
func inContext[T comparable](c chosen, first bool, value T) stated[T] {
	if c.name == "" || c.named != first {
		return stated[T]{}
	}
	return stated[T]{value, c.from()}
}

func (c chosen) from() screen.Origin {
	return screen.Origin{Kind: screen.OriginContext, Name: c.File}
}

// place leaves out of config.toml and of Notary's file what is of a place, where a context
// is one: its server is not met with the certificates of another, nor its repositories
// listed beside theirs.
func (c chosen) place(own ownConfig, theirs notaryConfig) (ownConfig, notaryConfig) {
	if c.name == "" {
		return own, theirs
	}
	own.Server, own.TLS, own.Repositories = "", TLS{}, nil
	theirs.Server, theirs.TLS = "", TLS{}
	return own, theirs
}

// hides reports whether what config.toml states does not count beside the context.
func (c chosen) hides(key string) bool {
	return c.name != "" && (key == keyServer || strings.HasPrefix(key, "tls_") || key == keyRepositories)
}

// folders reports whether the context has repositories in folders and on the web alone.
func (c chosen) folders() bool { return c.name != "" && c.Server == "" && len(c.Repositories) > 0 }

// contextDir is where contexts are kept.
func (w World) contextDir(f Flags) string {
	return filepath.Join(filepath.Dir(first(w.abs(f.Config), w.configFile())), "contexts")
}

const contextSuffix = ".toml"

func (w World) contextFile(f Flags, name string) string {
	return filepath.Join(w.contextDir(f), name+contextSuffix)
}

// Contexts lists the contexts that there are, sorted by name, without the default. One
// whose file is wrong is among them, with its fault.
func Contexts(f Flags, w World) ([]Context, error) {
	if w.ReadDir == nil {
		return nil, nil
	}
	dir := w.contextDir(f)
	entries, err := w.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &model.Fault{Kind: model.FaultLocal, Subject: dir, Text: "the contexts cannot be listed: " + disk.Reason(err), Hint: "Check the permissions of the folder.", Err: err}
	}
	var out []Context
	for _, e := range entries {
		name, ok := strings.CutSuffix(e, contextSuffix)
		if ok && CheckContextName(name) == nil {
			out = append(out, oneContext(f, w, name))
		}
	}
	slices.SortFunc(out, func(a, b Context) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// CheckContextName says why a context cannot be called so; nil where it can.
func CheckContextName(name string) error {
	wrong := wrongName(name)
	if name == DefaultContext {
		wrong = "this name stands for the settings without a context"
	}
	if wrong == "" {
		return nil
	}
	subject := display.Quote(display.Cut(name, 100))
	if name == "" {
		subject = "the name of the context"
	}
	return usage(subject, wrong, "Use letters, digits, - and _, starting with a letter or digit.")
}

// Trial are the settings of a run in a context that is not kept yet.
func Trial(f Flags, w World, c Context) (Settings, error) {
	text, err := contextText(w, c)
	if err != nil {
		return Settings{}, err
	}
	f.Context, f.Server, f.TLSCACert, f.TLSCert, f.TLSKey = c.Name, "", "", "", ""
	file := w.contextFile(f, c.Name)
	return resolve(f, overlaid(w, file, []byte(text)), c.Name, screen.Origin{Kind: screen.OriginFlag, Name: "--context"})
}

// FindContext reads one context. The error says that there is none of this name.
func FindContext(f Flags, w World, name string) (Context, error) {
	if err := CheckContextName(name); err != nil {
		return Context{}, err
	}
	if _, ok, err := w.read(w.contextFile(f, name), false); err == nil && !ok {
		return Context{}, noContext(name, screen.Origin{Name: "the context"})
	}
	return oneContext(f, w, name), nil
}

func oneContext(f Flags, w World, name string) Context {
	out := Context{Name: name, File: w.contextFile(f, name)}
	content, _, err := w.read(out.File, true)
	if err == nil {
		var c ownConfig
		if c, err = parseContext(out.File, content, w); err == nil && c.Server != "" {
			c.Server, err = parseServer(out.File, c.Server, false)
		}
		out.Server, out.TLS, out.TrustDir, out.DockerConfig, out.Repositories = c.Server, c.TLS, c.TrustDir, c.DockerConfig, c.Repositories
	}
	out.Fault = err
	return out
}

// AddContext writes the file of a new context: whole or not at all, and never in place of
// another. Paths and locations are made absolute.
func AddContext(ctx context.Context, f Flags, w World, c Context) (Context, error) {
	if err := CheckContextName(c.Name); err != nil {
		return Context{}, err
	}
	if err := CheckNewContext(f, w, c.Name); err != nil {
		return Context{}, err
	}
	c.File = w.contextFile(f, c.Name)
	text, err := contextText(w, c)
	if err != nil {
		return Context{}, err
	}
	if _, err := parseContext(c.File, []byte(text), w); err != nil {
		return Context{}, err
	}
	err = disk.MakeFolder(filepath.Dir(c.File), 0o700)
	if err == nil || errors.Is(err, disk.ErrUnconfirmed) {
		err = disk.File{Name: c.File, New: true, Ready: ctx.Err}.Write([]byte(text))
	}
	if err != nil && !errors.Is(err, disk.ErrUnconfirmed) {
		return Context{}, unwritable(c.File, "the context could not be written: "+disk.Reason(err), "Check that you can write to "+filepath.Dir(c.File)+".", err)
	}
	return oneContext(f, w, c.Name), nil
}

// CheckNewContext says that there is a context of this name already, in whatever capitals.
func CheckNewContext(f Flags, w World, name string) error {
	have, err := Contexts(f, w)
	if err != nil {
		return err
	}
	for _, h := range have {
		if strings.EqualFold(h.Name, name) {
			return usage("the context "+h.Name, "it already exists", "Choose another name, or remove that context first: trustdeck context remove "+h.Name)
		}
	}
	return nil
}

// contextText is the file of a context.
func contextText(w World, c Context) (string, error) {
	if c.Server != "" {
		server, err := parseServer("the server", c.Server, false)
		if err != nil {
			return "", err
		}
		c.Server = server
	}
	var text strings.Builder
	for _, line := range []struct{ key, value string }{
		{keyServer, c.Server},
		{"tls_ca_cert", w.abs(c.TLS.CACert)},
		{"tls_cert", w.abs(c.TLS.Cert)},
		{"tls_key", w.abs(c.TLS.Key)},
		{"docker_config", w.abs(c.DockerConfig)},
		{"trust_dir", w.abs(c.TrustDir)},
	} {
		if line.value != "" {
			fmt.Fprintf(&text, "%s = %s\n", line.key, literal(screen.Change{Value: line.value}, ""))
		}
	}
	if len(c.Repositories) > 0 {
		text.WriteString("\n[" + keyRepositories + "]\n")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Repositories)) {
		if err := CheckRepositoryName(name); err != nil {
			return "", err
		}
		location, err := w.Location("the location of "+name, c.Repositories[name], w.WorkDir)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&text, "%s = %s\n", name, literal(screen.Change{Value: location}, ""))
	}
	return text.String(), nil
}

// RemoveContext deletes the file of a context. What it names stays as it is.
func RemoveContext(f Flags, w World, name string) (Context, error) {
	c, err := FindContext(f, w, name)
	if err != nil {
		return Context{}, err
	}
	dir, err := os.OpenRoot(filepath.Dir(c.File))
	if err == nil {
		defer func() { _ = dir.Close() }() // nothing is written through it afterwards
		err = disk.Remove(dir, filepath.Base(c.File), nil)
	}
	if err != nil && !errors.Is(err, disk.ErrUnconfirmed) {
		return Context{}, unwritable(c.File, "the context could not be removed: "+disk.Reason(err), "Check the permissions of "+filepath.Dir(c.File)+".", err)
	}
	return c, nil
}
