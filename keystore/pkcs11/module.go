//go:build hsm

package pkcs11

import (
	"cmp"
	"context"
	"debug/elf"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	p11 "github.com/miekg/pkcs11"

	"trustdeck/internal/disk"
	"trustdeck/keystore/hardware"
	"trustdeck/model"
	"trustdeck/model/display"
)

const (
	// readLimit is the usual Config.ReadLimit, and useLimit is how long a module may take to sign
	// with a key: some tokens wait for a touch, and HSMs in a network are slow.
	readLimit, useLimit = 20 * time.Second, time.Minute
)

// state are the modules that were named.
type state struct {
	all   []*module
	limit time.Duration
}

func newState(c Config) state {
	s := state{limit: cmp.Or(c.ReadLimit, readLimit)}
	for _, path := range c.Paths {
		if m := loaded.at(path); !slices.Contains(s.all, m) {
			s.all = append(s.all, m)
		}
	}
	return s
}

// loaded are all modules of this process. What a library knows, such as who is logged in, it knows
// for the process: so there is one module for it, however often and by whatever link it is named.
var loaded = modules{byPath: map[string]*module{}}

type modules struct {
	mu     sync.Mutex
	byPath map[string]*module
}

func (a *modules) at(path string) *module {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.byPath[path]
	if m == nil {
		m = &module{path: path, turn: make(chan struct{}, 1), refused: hardware.NewRefusals()}
		a.byPath[path] = m
	}
	return m
}

// module is a PKCS #11 module.
type module struct {
	path string
	// turn is taken by each operation and given back: a login holds for the whole process, so
	// that operations must not meet.
	turn chan struct{}
	// lib is the loaded module; nil until it is needed. It stays loaded, because not every
	// module can be unloaded.
	lib *p11.Ctx
	// refused are PINs that its tokens have refused. Nothing else is kept of what is on a token.
	refused *hardware.Refusals
	// hangs is true while a call goes on that nobody waits for any more.
	hangs atomic.Bool
}

func (m *module) name() string { return "PKCS #11 module " + display.Quote(m.path) }

// during calls do with the module initialised, and gives up where that takes longer than limit,
// or ctx is done. do may go on then, so it must not touch what the caller has; what it returns is
// dropped.
func during[T any](ctx context.Context, m *module, limit time.Duration, do func(*p11.Ctx) (T, error)) (T, error) {
	var nothing T
	if m.hangs.Load() {
		return nothing, m.hanging()
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case m.turn <- struct{}{}:
	case <-timer.C:
		return nothing, m.hanging()
	case <-ctx.Done():
		return nothing, m.canceled(ctx)
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := initialised(m, do)
		done <- result{value, err}
		m.hangs.Store(false)
		<-m.turn
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		return nothing, m.canceled(ctx)
	case <-timer.C:
		m.hangs.Store(true)
		if len(done) > 0 { // it has come to its end just now
			m.hangs.Store(false)
		}
		return nothing, m.hanging()
	}
}

// initialised loads the module where it must, and calls do between C_Initialize and C_Finalize.
func initialised[T any](m *module, do func(*p11.Ctx) (T, error)) (out T, err error) {
	if m.lib == nil {
		if m.lib, err = load(m.path); err != nil {
			return out, err
		}
	}
	if err := m.lib.Initialize(); err != nil {
		return out, &model.Fault{
			Kind: model.FaultLocal, Subject: m.name(), Text: "can't be used: " + reason(err), Err: err,
			Hint: "Check that its configuration file and its service are there, or leave it out of --pkcs11 and pkcs11_modules.",
		}
	}
	defer func() { _ = m.lib.Finalize() }() // ends every session and login that is left
	return do(m.lib)
}

// load loads a module. The loader of the system doesn't say what is wrong, so that is looked for.
func load(path string) (*p11.Ctx, error) {
	unloadable := func(text string, err error) error {
		return &model.Fault{
			Kind: model.FaultLocal, Subject: "PKCS #11 module " + display.Quote(path), Text: "can't be loaded: " + text, Err: err,
			Hint: "Give the path of a PKCS #11 library with --pkcs11 or pkcs11_modules, such as /usr/lib/softhsm/libsofthsm2.so.",
		}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, unloadable(disk.Reason(err), err)
	case !info.Mode().IsRegular():
		return nil, unloadable("it is not a file", nil)
	}
	if lib := p11.New(path); lib != nil {
		return lib, nil
	}
	file, err := elf.Open(path)
	if err != nil {
		return nil, unloadable("it is not a library of this system", err)
	}
	defer func() { _ = file.Close() }() // only read
	symbols, err := file.DynamicSymbols()
	for _, s := range symbols {
		if s.Name == "C_GetFunctionList" && s.Section != elf.SHN_UNDEF {
			return nil, unloadable("it is for another kind of machine, or lacks a library that it needs", nil)
		}
	}
	return nil, unloadable("it is a library, but not a PKCS #11 module", err)
}

func (m *module) hanging() *model.Fault {
	return &model.Fault{
		Kind: model.FaultUnreachable, Subject: m.name(), Text: "doesn't answer",
		Hint: "Check its token and its service. trustdeck can't end what a module does: if it stays so, start trustdeck again.",
	}
}

func (m *module) canceled(ctx context.Context) *model.Fault {
	return &model.Fault{Kind: model.FaultCanceled, Subject: m.name(), Text: "had not answered yet", Err: ctx.Err()}
}

// is reports whether an error is an answer of a module with one of some codes.
func is(err error, codes ...uint) bool {
	answer, ok := errors.AsType[p11.Error](err)
	if !ok {
		return false
	}
	for _, code := range codes {
		if uint(answer) == code {
			return true
		}
	}
	return false
}
