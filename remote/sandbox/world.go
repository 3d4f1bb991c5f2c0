package sandbox

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"trustdeck/internal/disk"
	"trustdeck/model"
)

// Config says what kind of world it shall be.
type Config struct {
	// Addr is where to listen, a loopback address and a port; empty is any
	// free port of 127.0.0.1.
	Addr string
	// Dir is the folder that keeps the world; empty keeps it in memory only.
	Dir string
	// Clock tells the time of the world; nil is that of the machine.
	Clock func() time.Time
	// Users are the names and passwords of those who may do something; without
	// any, everybody may do everything and no token is asked for.
	Users map[string]string
	// Log is told of every request; nil is nobody.
	Log func(model.Event)
	// Front stands before the server, for tests that make requests fail; nil is nothing.
	Front func(http.Handler) http.Handler
}

// World is a practice world that is being served.
type World struct {
	store  *store
	images *images

	authority []byte
	// address is where it listens.
	address *net.TCPAddr
	server  *http.Server
	unlock  func() error
	served  chan error
}

// Start serves a world. The error names the folder or address that cannot be
// used; for an address that is not allowed it is a *model.Fault.
func Start(cfg Config) (*World, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:0"
	}
	if err := loopbackOnly(cfg.Addr); err != nil {
		return nil, err
	}
	w := &World{store: newStore(), images: newImages(cfg.Dir), served: make(chan error, 1)}
	w.images.keep = w.keepImage
	if err := w.open(cfg.Dir); err != nil {
		return nil, err
	}
	if err := w.listen(cfg); err != nil {
		return nil, errors.Join(err, w.release())
	}
	return w, nil
}

// loopbackOnly refuses an address that others than this machine could reach: the
// keys of a practice world are not secret.
func loopbackOnly(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return &model.Fault{
			Kind: model.FaultUsage, Subject: addr, Text: "this is not an address with a port",
			Hint: "give it as 127.0.0.1:4443", Err: err,
		}
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: addr, Text: "other machines could reach it, but the keys of a practice server are public",
		Hint: "use 127.0.0.1 or localhost",
	}
}

// open reads the world that a folder keeps.
func (w *World) open(dir string) error {
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("open the practice world: %w", err)
	}
	unlock, err := disk.TryLock(filepath.Join(dir, "lock"), 0o600)
	switch {
	case errors.Is(err, disk.ErrLocked):
		return fmt.Errorf("another trustdeck serves the practice world in %s", dir)
	case err != nil:
		return fmt.Errorf("lock the practice world: %w", err)
	}
	w.unlock = unlock
	w.store.journal, err = openJournal(dir, w.replay)
	if err != nil {
		return errors.Join(err, w.unlock())
	}
	return nil
}

func (w *World) replay(r record) error {
	if r.Kind != recordImage {
		return w.store.replay(r)
	}
	if r.Image == nil {
		return errors.New("the record of an image is empty")
	}
	_, err := w.images.put(context.Background(), *r.Image, false)
	return err
}

func (w *World) keepImage(m image) error {
	w.store.Lock()
	defer w.store.Unlock()
	return w.store.journal.add(record{Kind: recordImage, Image: &m})
}

func (w *World) listen(cfg Config) error {
	pair, authority, err := identity(cfg.Dir)
	if err != nil {
		return err
	}
	w.authority = authority
	listener, err := net.Listen("tcp", cfg.Addr) //nolint:noctx // it returns at once
	if err != nil {
		return fmt.Errorf("serve the practice world: %w", err)
	}
	w.address = listener.Addr().(*net.TCPAddr)
	tokens := newTokens(w.URL()+tokenPath, cfg.Clock, cfg.Users)
	w.images.allow = tokens.allow
	notary := &notaryServer{store: w.store, clock: cfg.Clock, allow: tokens.allow}
	var all http.Handler = http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == tokenPath:
			tokens.ServeHTTP(out, r)
		case serves(r.URL.Path):
			notary.ServeHTTP(out, r)
		default:
			w.images.ServeHTTP(out, r)
		}
	})
	if cfg.Front != nil {
		all = cfg.Front(all)
	}
	w.server = &http.Server{
		Handler:           logged(all, cfg.Log),
		TLSConfig:         &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12},
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	go func() { w.served <- w.server.ServeTLS(listener, "", "") }()
	return nil
}

// logged tells of every request.
func logged(next http.Handler, tell func(model.Event)) http.Handler {
	if tell == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		start := time.Now()
		became := "cut off"
		defer func() {
			tell(model.Event{
				Time: start, Level: model.Notice, Kind: "request", Elapsed: time.Since(start),
				Text: r.Method + " " + strings.ToValidUTF8(r.URL.Path, "\uFFFD") + " " + became,
			})
		}()
		next.ServeHTTP(status, r)
		became = strconv.Itoa(status.status)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// URL is where clients find the server, for example https://127.0.0.1:4443.
func (w *World) URL() string { return "https://" + w.address.String() }

// Host is the registry in the names of repositories: localhost:PORT.
func (w *World) Host() string { return "localhost:" + strconv.Itoa(w.address.Port) }

// CA is the authority of the server's certificate, in PEM form.
func (w *World) CA() []byte { return w.authority }

// Admin is the private door.
func (w *World) Admin() *Admin { return &Admin{w} }

// Close ends the server. Requests under way may end within a second.
func (w *World) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	err := w.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = w.server.Close()
	}
	if served := <-w.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return errors.Join(err, w.release())
}

// release lets go of the folder.
func (w *World) release() error {
	w.store.Lock()
	defer w.store.Unlock()
	err := w.store.journal.close()
	if w.unlock != nil {
		err = errors.Join(err, w.unlock())
	}
	return err
}
