package flow

import (
	"maps"
	"reflect"

	"trustdeck/model"
)

// wiper is something known that could be secret.
type wiper interface{ Wipe() }

// Known is what a flow has found out of a type; the zero value before.
func Known[T any](f Facts) T {
	known, _ := f.found[reflect.TypeFor[T]()].(T)
	return known
}

// Learn keeps what a flow has found out, in place of anything of the same type, which is
// wiped where it can be: so is what is kept, by Machine.Release.
func Learn[T any](f *Facts, found T) {
	if f.found == nil {
		f.found = map[any]any{}
	}
	forget(f.found[reflect.TypeFor[T]()])
	f.found[reflect.TypeFor[T]()] = found
}

func forget(known any) {
	if secret, ok := known.(wiper); ok {
		secret.Wipe()
	}
}

// own makes maps of a machine's own of those that its facts came with.
func (f *Facts) own() {
	f.Repositories, f.found = maps.Clone(f.Repositories), maps.Clone(f.found)
	if f.Repositories == nil {
		f.Repositories = map[string]*model.Repository{}
	}
}

// secret reports whether something is known that is wiped in the end.
func (f *Facts) secret() bool {
	for _, known := range f.found {
		if _, ok := known.(wiper); ok {
			return true
		}
	}
	return false
}

// Release wipes what the flow holds that could be secret. The machine is of no use
// after that but for what it says.
func (m *Machine) Release() {
	for kind, known := range m.facts.found {
		if _, ok := known.(wiper); ok {
			forget(known)
			delete(m.facts.found, kind)
		}
	}
}
