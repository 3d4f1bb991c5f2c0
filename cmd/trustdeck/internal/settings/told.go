package settings

import (
	"strings"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// The keys of the settings that can be changed by the program.
const (
	keyServer = string(screen.SettingServer)
	keySoon   = string(screen.SettingSoon)
	keyTheme  = string(screen.SettingTheme)
	keyASCII  = string(screen.SettingASCII)
	keyMouse  = string(screen.SettingMouse)
	// keyNotify is whether to notify while the terminal is out of focus.
	keyNotify = string(screen.SettingNotify)
	// keyRefresh is how often to look for changes.
	keyRefresh = string(screen.SettingRefresh)
)

// origins is where the settings of a run come from.
type origins struct {
	// from is by key of config.toml; tls_verify is beside those.
	from map[string]screen.Origin
	// file is where config.toml is or would be, exists whether it is there,
	// says what it states.
	file   string
	exists bool
	says   map[string]string
	// context is the one in use; its zero value is none.
	context chosen
	// notary is Notary's config.json, where it is in use.
	notary notaryConfig
	// pins are in no order; one pattern may have been told twice.
	pins []pinTold
	// noColor tells that NO_COLOR is set.
	noColor bool
}

// pinTold is what was said of one pattern.
type pinTold struct {
	pattern, to string
	from        screen.Origin
}

func newTold(f Flags, w World, own ownConfig, theirs notaryConfig, in chosen) origins {
	return origins{
		from: map[string]screen.Origin{}, file: first(w.abs(f.Config), w.configFile()), exists: own.File != "",
		says: own.Says, notary: theirs, context: in, noColor: w.Getenv("NO_COLOR") != "",
	}
}

// pin takes down what a pattern is pinned to; the last one counts.
func (t *origins) pin(pattern, to string, from screen.Origin) {
	for i, p := range t.pins {
		if p.pattern == pattern {
			t.pins[i] = pinTold{pattern, to, from}
			return
		}
	}
	t.pins = append(t.pins, pinTold{pattern, to, from})
}

func joined(ids []model.KeyID) string {
	return strings.Join(model.Retype[string](ids), ", ")
}

// stated is a value with the place that states it. The zero value of T means
// that the place says nothing.
type stated[T comparable] struct {
	value T
	from  screen.Origin
}

func flag[T comparable](name string, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginFlag, Name: name}}
}

func variable[T comparable](name string, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginEnvironment, Name: name}}
}

func inFile[T comparable](own ownConfig, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginFile, Name: own.File}}
}

func inNotary[T comparable](theirs notaryConfig, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginNotary, Name: theirs.File}}
}

func byDocker[T comparable](does string, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginDocker, Name: does}}
}

func byDefault[T comparable](why string, value T) stated[T] {
	return stated[T]{value, screen.Origin{Kind: screen.OriginDefault, Name: why}}
}

// choose returns the first value that is set, and takes down where it comes
// from. Where none is, that is config.toml if it states the zero value, else the
// last place if that is docker's way, else the default.
func choose[T comparable](s *Settings, key string, places ...stated[T]) T {
	var zero T
	for _, p := range places {
		if p.value != zero {
			s.told.from[key] = p.from
			return p.value
		}
	}
	from := screen.Origin{Kind: screen.OriginDefault}
	if last := places[len(places)-1].from; last.Kind == screen.OriginDocker {
		from = last
	}
	if _, ok := s.told.says[key]; ok && !s.told.context.hides(key) {
		from = screen.Origin{Kind: screen.OriginFile, Name: s.told.file}
	}
	s.told.from[key] = from
	return zero
}
