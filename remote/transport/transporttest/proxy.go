// Package transporttest helps tests of connections: it has a proxy that leads every host
// name to this machine.
package transporttest

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// A Proxy connects to any port of this machine under any name of a host. On one port
// it is an HTTP proxy, which takes CONNECT and whole URLs, and a SOCKS 5 proxy.
// Programs take no proxy to a loopback address, so a test of one asks for names.
type Proxy struct {
	// Addr is its host and port.
	Addr string
	// User and Password are what it wants to be told; empty is nothing.
	User, Password string

	mu      sync.Mutex
	targets []string
	open    map[net.Conn]bool
}

// NewProxy starts a proxy that ends with the test. With a certificate it is reached
// over TLS.
func NewProxy(tb testing.TB, certificate *tls.Certificate, user, password string) *Proxy {
	tb.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p := &Proxy{Addr: listener.Addr().String(), User: user, Password: password, open: map[net.Conn]bool{}}
	if certificate != nil {
		listener = tls.NewListener(listener, &tls.Config{
			Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12, ClientAuth: tls.RequestClientCert,
			VerifyConnection: func(state tls.ConnectionState) error {
				if len(state.PeerCertificates) > 0 {
					p.note("a client certificate")
				}
				return nil
			},
		})
	}
	var running sync.WaitGroup
	tb.Cleanup(func() {
		_ = listener.Close() // its port is given back in any case
		p.closeAll()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				p.keep(conn)
				defer func() { _ = conn.Close() }()
				p.serve(conn, bufio.NewReader(conn))
			})
		}
	})
	return p
}

func (p *Proxy) keep(conn net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[conn] = true
}

func (p *Proxy) closeAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		_ = conn.Close() // it may be closed already
	}
}

// Targets are the hosts and ports that it was asked for, in order, and that it was
// shown a client certificate.
func (p *Proxy) Targets() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.targets)
}

func (p *Proxy) note(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.targets = append(p.targets, target)
}

func (p *Proxy) serve(conn net.Conn, in *bufio.Reader) {
	first, err := in.Peek(1)
	switch {
	case err != nil:
	case first[0] == 5:
		p.socks(conn, in)
	default:
		p.http(conn, in)
	}
}

// dial connects to this machine, whatever the name.
func (p *Proxy) dial(target string) (net.Conn, error) {
	p.note(target)
	_, port, err := net.SplitHostPort(target)
	if err != nil {
		return nil, err
	}
	return net.Dial("tcp", net.JoinHostPort("127.0.0.1", port))
}

// join carries bytes both ways until either end is closed.
func join(conn net.Conn, in io.Reader, far net.Conn) {
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(far, in) // an end of either side ends both
		_ = far.Close()
	})
	_, _ = io.Copy(conn, far)
	_ = conn.Close()
	both.Wait()
}

func (p *Proxy) http(conn net.Conn, in *bufio.Reader) {
	req, err := http.ReadRequest(in)
	if err != nil {
		_, _ = io.WriteString(conn, "HTTP/1.1 400 No HTTP\r\nContent-Length: 0\r\n\r\n")
		return
	}
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password))
	if p.User != "" && req.Header.Get("Proxy-Authorization") != want {
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
		return
	}
	target := req.Host
	if req.Method != http.MethodConnect && req.URL.Port() == "" {
		target = net.JoinHostPort(req.Host, "80")
	}
	far, err := p.dial(target)
	if err != nil {
		_, _ = io.WriteString(conn, "HTTP/1.1 502 Not there\r\nContent-Length: 0\r\n\r\n")
		return
	}
	if req.Method == http.MethodConnect {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connected\r\n\r\n")
		join(conn, in, far)
		return
	}
	req.Header.Del("Proxy-Authorization")
	req.Header.Set("Connection", "close")
	if req.Write(far) == nil {
		_, _ = io.Copy(conn, far)
	}
	_ = far.Close()
}

// socks is RFC 1928, and RFC 1929 where it wants to know who asks.
func (p *Proxy) socks(conn net.Conn, in *bufio.Reader) {
	target, err := p.greet(conn, in)
	if err != nil {
		return
	}
	far, err := p.dial(target)
	if err != nil {
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	_, _ = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	join(conn, in, far)
}

func (p *Proxy) greet(conn net.Conn, in *bufio.Reader) (target string, err error) {
	methods, err := counted(in, 1)
	if err != nil {
		return "", err
	}
	method := byte(0)
	if p.User != "" {
		method = 2
	}
	if !slices.Contains(methods, method) {
		_, _ = conn.Write([]byte{5, 0xff})
		return "", errors.New("no common method")
	}
	_, _ = conn.Write([]byte{5, method})
	if p.User != "" {
		user, err := counted(in, 1)
		if err != nil {
			return "", err
		}
		password, err := counted(in, 0)
		if err != nil || string(user) != p.User || string(password) != p.Password {
			_, _ = conn.Write([]byte{1, 1})
			return "", errors.Join(err, errors.New("another user"))
		}
		_, _ = conn.Write([]byte{1, 0})
	}
	return destination(in)
}

// destination reads a request to connect.
func destination(in *bufio.Reader) (string, error) {
	var head [4]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return "", err
	}
	var host string
	switch head[3] {
	case 1:
		var ip [4]byte
		if _, err := io.ReadFull(in, ip[:]); err != nil {
			return "", err
		}
		host = net.IP(ip[:]).String()
	case 3:
		name, err := counted(in, 0)
		if err != nil {
			return "", err
		}
		host = string(name)
	default:
		return "", fmt.Errorf("address type %d", head[3])
	}
	var port [2]byte
	if _, err := io.ReadFull(in, port[:]); err != nil {
		return "", err
	}
	return net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port[:])))), nil
}

// counted reads bytes that follow their number, after some others.
func counted(in *bufio.Reader, skip int) ([]byte, error) {
	if _, err := in.Discard(skip); err != nil {
		return nil, err
	}
	n, err := in.ReadByte()
	if err != nil {
		return nil, err
	}
	out := make([]byte, n)
	_, err = io.ReadFull(in, out)
	return out, err
}
