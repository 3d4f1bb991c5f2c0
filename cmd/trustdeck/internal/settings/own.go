package settings

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"trustdeck/model"
)

// ownConfig is config.toml. Paths are absolute.
type ownConfig struct {
	// File is the path; empty where there is none.
	File string
	// Says holds what is stated, by key, as people would write it.
	Says map[string]string

	Context      string
	Server       string
	DockerConfig string
	NotaryConfig string
	TrustDir     string
	KeyDir       string
	KeyFiles     []string
	PKCS11       []string
	TLS          TLS
	CacheDir     string
	NoCache      bool
	Timeout      time.Duration
	Parallel     int
	Soon         time.Duration
	Refresh      time.Duration
	Theme        string
	ASCII        bool
	NoMouse      bool
	NoNotify     bool
	LogFile      string
	Pins         pinConfig
	People       holderConfig
	// Repositories are locations by name: URLs and absolute paths.
	Repositories map[string]string
}

// keys maps each key of config.toml to what it sets. A path is relative to
// the file.
func (c *ownConfig) keys() map[string]any {
	return map[string]any{
		KeyContext:       &c.Context,
		"server":         &c.Server,
		"docker_config":  (*path)(&c.DockerConfig),
		"notary_config":  (*path)(&c.NotaryConfig),
		"trust_dir":      (*path)(&c.TrustDir),
		"key_dir":        (*path)(&c.KeyDir),
		"key_files":      (*paths)(&c.KeyFiles),
		keyPKCS11:        (*paths)(&c.PKCS11),
		"tls_ca_cert":    (*path)(&c.TLS.CACert),
		"tls_cert":       (*path)(&c.TLS.Cert),
		"tls_key":        (*path)(&c.TLS.Key),
		"cache_dir":      (*path)(&c.CacheDir),
		"cache":          (*negated)(&c.NoCache),
		"timeout":        (*duration)(&c.Timeout),
		"parallel":       &c.Parallel,
		"expiry_warning": (*duration)(&c.Soon),
		keyRefresh:       (*interval)(&c.Refresh),
		"theme":          &c.Theme,
		"ascii":          &c.ASCII,
		"mouse":          (*negated)(&c.NoMouse),
		keyNotify:        (*negated)(&c.NoNotify),
		"log_file":       (*path)(&c.LogFile),
		"pins":           &c.Pins.Certs,
		"pin_cas":        &c.Pins.CAs,
		"first_use":      (*negated)(&c.Pins.NoFirstUse),
		"holders":        &c.People.Holders,
		"organisations":  &c.People.Organisations,
		keyRepositories:  &c.Repositories,
	}
}

// tables are the keys that have further keys.
var tables = []string{"pins", "pin_cas", keyRepositories, "holders", "organisations"}

// mustBeTable refuses what is no table: decoding would pass it over.
func mustBeTable(name string, value any) error {
	if _, ok := value.(map[string]any); !ok {
		return errors.New("write it as a table, [" + name + "]")
	}
	return nil
}

// The forms of values beside those that TOML has.
type (
	path     string
	paths    []string
	duration time.Duration
	// negated is a switch that is on unless it is set to false.
	negated bool
)

// UnmarshalTOML accepts false and true.
func (n *negated) UnmarshalTOML(v any) error {
	on, ok := v.(bool)
	if !ok {
		return errors.New("write true or false")
	}
	*n = negated(!on)
	return nil
}

// UnmarshalTOML accepts Go's durations and whole days, "30d".
func (d *duration) UnmarshalTOML(v any) error {
	text, _ := v.(string)
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			*d = duration(time.Duration(n) * 24 * time.Hour)
			return nil
		}
	}
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed <= 0 {
		return errors.New(`write a time such as "30s" or "30d"`)
	}
	*d = duration(parsed)
	return nil
}

// locator finds the line of a value: decoding into it always fails, and that
// failure, unlike some of the others, knows the line.
type locator struct{}

func (locator) UnmarshalTOML(any) error { return errors.New("there is no such setting") }

// readOwn reads the file that --config names, else the usual one if it is there.
func readOwn(f Flags, w World) (ownConfig, error) {
	file := first(w.abs(f.Config), w.configFile())
	content, ok, err := w.read(file, f.Config != "")
	if err != nil || !ok {
		return ownConfig{}, err
	}
	return parseOwn(file, content, w)
}

func parseOwn(file string, content []byte, w World) (ownConfig, error) {
	c := ownConfig{File: file, Says: map[string]string{}}
	keys := c.keys()
	var values map[string]toml.Primitive
	meta, err := toml.Decode(string(content), &values)
	if err != nil {
		return ownConfig{}, tomlFault(file, "", err, err)
	}
	seen := map[string]bool{}
	for _, key := range meta.Keys() {
		name := key[0]
		if seen[name] {
			continue // a dotted key begins with its table
		}
		seen[name] = true
		located := meta.PrimitiveDecode(values[name], &locator{})
		target, known := keys[name]
		if !known {
			return ownConfig{}, tomlFault(file, suggest(name, keys), located, located)
		}
		var value any
		err := meta.PrimitiveDecode(values[name], &value)
		if err == nil && slices.Contains(tables, name) {
			err = mustBeTable(name, value)
		}
		if err == nil {
			err = meta.PrimitiveDecode(values[name], target)
		}
		if err != nil {
			return ownConfig{}, tomlFault(file, "", located, err)
		}
		c.Says[name] = fmt.Sprint(value)
	}
	dir := filepath.Dir(file)
	for _, target := range keys {
		if p, ok := target.(*path); ok {
			*p = path(w.from(dir, string(*p)))
		}
		if all, ok := target.(*paths); ok {
			for i, p := range *all {
				(*all)[i] = w.from(dir, p)
			}
		}
	}
	authorities := map[string]string{}
	for _, prefix := range slices.Sorted(maps.Keys(c.Pins.CAs)) {
		// A final "*" says what a prefix is anyway.
		bare := strings.TrimSuffix(prefix, "*")
		if _, twice := authorities[bare]; twice {
			return ownConfig{}, usage(file, fmt.Sprintf("pin_cas names CAs for %q twice", bare+"*"), "Remove one of them.")
		}
		authorities[bare] = w.from(dir, c.Pins.CAs[prefix])
	}
	c.Pins.CAs = authorities
	return c, c.setRepositories(w)
}

// tomlFault says what is wrong on the line that located knows.
func tomlFault(file, hint string, located, err error) *model.Fault {
	text := strings.TrimPrefix(err.Error(), "toml: ")
	var at toml.ParseError
	if errors.As(err, &at) {
		text = at.Message
	} else if _, after, ok := strings.Cut(text, "): "); ok {
		// "line 4 (last key "parallel"): incompatible types: …"
		text = after
	}
	if errors.As(located, &at) {
		if at.LastKey != "" {
			text = fmt.Sprintf("%s: %s", at.LastKey, text)
		}
	}
	if at.Position.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, at.Position.Line)
	}
	return usage(file, text, hint)
}

// suggest names the setting that was probably meant, else all of them.
func suggest(name string, keys map[string]any) string {
	names := make([]string, 0, len(keys))
	for k := range keys {
		names = append(names, k)
	}
	slices.Sort(names)
	best, least := "", 4
	for _, k := range names {
		if d := distance(strings.ToLower(name), k); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return fmt.Sprintf("Did you mean %s?", best)
	}
	return "The settings are " + strings.Join(names, ", ") + "."
}

// distance is the Levenshtein distance of two short words.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
