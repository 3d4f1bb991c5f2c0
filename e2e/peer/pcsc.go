package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const (
	// vpcdDriver is the virtual reader of Debian's package vsmartcard-vpcd.
	vpcdDriver = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
	// readerName begins with "Yubico": clients look for that.
	readerName = "Yubico YubiKey OTP+FIDO+CCID"
	// firstPort is where the first of the two readers of an entry listens. The number is
	// that of a network which the service has for itself.
	firstPort = 0x8c7b
	// socketVariable tells clients where the service is.
	socketVariable = "PCSCLITE_CSOCK_NAME"
)

// startCards starts the service in a folder and network of its own, where it is reached by
// nothing but these tests: vpcd listens on every address of its network.
const startCards = `mount --make-rprivate / && mount -t tmpfs tmpfs /run && exec "$0" -f -c "$1"`

// CardService is pcscd with two virtual readers, each of which takes a software card (see Card).
// Several can run at once.
type CardService struct {
	process *Process
	dir     string
	readers int
	// Socket is where clients find it.
	Socket string
}

// Cards starts a PC/SC service with two empty readers. It needs root.
func Cards(tb testing.TB) *CardService {
	tb.Helper()
	return startService(tb, 2)
}

// CardsWithoutReaders starts a PC/SC service that has no reader.
func CardsWithoutReaders(tb testing.TB) *CardService {
	tb.Helper()
	return startService(tb, 0)
}

func startService(tb testing.TB, readers int) *CardService {
	tb.Helper()
	Need(tb, PCSC)
	// In the folder of the test binary, whose path is short enough for a socket.
	dir, err := os.MkdirTemp(shared(tb).dir, "pcsc-")
	if err != nil {
		tb.Fatalf("peer: %v", err)
	}
	s := &CardService{dir: dir, readers: readers}
	if err := s.start(); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	s.process.endWith(tb)
	return s
}

func (s *CardService) start() error {
	conf := filepath.Join(s.dir, "readers")
	if err := os.Mkdir(conf, 0o700); err != nil {
		return err
	}
	if s.readers > 0 {
		entry := fmt.Sprintf("FRIENDLYNAME %q\nDEVICENAME /dev/null:0x%X\nLIBPATH %s\nCHANNELID 0x%X\n", readerName, firstPort, vpcdDriver, firstPort)
		if err := os.WriteFile(filepath.Join(conf, "vpcd"), []byte(entry), 0o600); err != nil {
			return err
		}
	}
	cmd := exec.Command(find("unshare"), "--net", "--mount", "sh", "-c", startCards, find("pcscd"), conf)
	cmd.Env = baseEnv(s.dir)
	var err error
	if s.process, err = startProcess(s.dir, "pcscd", cmd); err != nil {
		return err
	}
	s.Socket = fmt.Sprintf("/proc/%d/root/run/pcscd/pcscd.comm", s.pid())
	return s.process.awaitHealthy(s.healthy)
}

// healthy is that the service listens, and its readers wait for cards.
func (s *CardService) healthy(ctx context.Context) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", s.Socket)
	if err != nil {
		return err
	}
	if err := conn.Close(); err != nil {
		return err
	}
	return s.inNetwork(func() error {
		if err := loopbackUp(); err != nil {
			return err
		}
		for reader := range s.readers {
			if err := listening(firstPort + reader); err != nil {
				return err
			}
		}
		return nil
	})
}

// listening finds a port in the kernel's table of the thread's network: a connection would be
// taken for a card.
func listening(port int) error {
	table, err := os.ReadFile("/proc/thread-self/net/tcp")
	if err != nil {
		return err
	}
	const listens = "0A"
	for line := range strings.Lines(string(table)) {
		fields := strings.Fields(line)
		if len(fields) > 3 && strings.HasSuffix(fields[1], fmt.Sprintf(":%04X", port)) && fields[3] == listens {
			return nil
		}
	}
	return fmt.Errorf("nothing listens on port %d", port)
}

// Reader connects a card to one of the readers, 0 or 1: it is for Card.Insert.
func (s *CardService) Reader(n int) func() (net.Conn, error) {
	return func() (conn net.Conn, err error) {
		err = s.inNetwork(func() error {
			conn, err = net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+n)))
			return err
		})
		return conn, err
	}
}

// AwaitCards waits until so many readers hold a card that answers. The service looks for cards
// about twice a second.
func (s *CardService) AwaitCards(tb testing.TB, want int) {
	tb.Helper()
	Need(tb, "opensc-tool")
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	var seen string
	err := poll(ctx, func() bool {
		seen = s.Program(tb, "opensc-tool").Try("--list-readers").Stdout
		return strings.Count(seen, "  Yes  ") == want
	})
	if err != nil {
		tb.Fatalf("peer: %d cards were expected: %v\n%s", want, err, seen)
	}
}

// Program is a program that uses the service's cards, in a home of its own.
func (s *CardService) Program(tb testing.TB, name string) *Client {
	tb.Helper()
	Need(tb, name)
	c := &Client{Program: find(name), Home: tb.TempDir()}
	c.Env = baseEnv(c.Home)
	return c.WithCards(s)
}

// WithCards returns a copy of a client that uses the service's cards. Others find none.
func (c *Client) WithCards(s *CardService) *Client { return c.With(socketVariable + "=" + s.Socket) }

// LendCards has code in the test's own process find the cards of a service, or none where it
// is nil, until the test ends. Tests that do so run one after the other: libpcsclite reads
// once, for the whole process, where its service is.
func LendCards(tb testing.TB, s *CardService) {
	tb.Helper()
	link := filepath.Join(shared(tb).dir, "cards")
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		tb.Fatalf("peer: %v", err)
	}
	if err := os.Setenv(socketVariable, link); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	if s == nil {
		return
	}
	if err := os.Symlink(s.Socket, link); err != nil {
		tb.Fatalf("peer: %v", err)
	}
	tb.Cleanup(func() { _ = os.Remove(link) })
}

// pid is that of the service: unshare and the shell have become it.
func (s *CardService) pid() int { return s.process.cmd.Process.Pid }

// Stop ends the service.
func (s *CardService) Stop() { s.process.Stop() }

// hasPCSC is that the service and its virtual reader are there, and this is root, who alone
// can give them a network of their own.
func hasPCSC() bool {
	_, err := os.Stat(vpcdDriver)
	return err == nil && os.Geteuid() == 0 && canSeparate && present("pcscd") && present("unshare")
}

// hasYKCS11 looks in the folders in which Notary does.
func hasYKCS11() bool {
	for _, dir := range []string{"/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/local/lib"} {
		if found, _ := filepath.Glob(filepath.Join(dir, "libykcs11.so*")); len(found) > 0 {
			return true
		}
	}
	return false
}
