package transport_test

import (
	"bytes"
	"crypto/tls"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/remote/transport"
	"trustdeck/remote/transport/transporttest"
)

// Where a server redirects to another origin, what was given for it stays behind.
func TestRedirects(t *testing.T) {
	authority, unknown := transporttest.NewAuthority(t), transporttest.NewAuthority(t)
	here, strange, me := authority.Issue(t, "127.0.0.1", "localhost"), unknown.Issue(t, "127.0.0.1"), authority.Issue(t, "me")
	all := transport.TLSFiles{CA: authority.File, Cert: me.CertFile, Key: me.KeyFile}
	basic := basicOf(user, password)
	// The first request is answered with a challenge, the second with the redirect.
	const challenged = "me"
	for name, tt := range map[string]struct {
		// to is where the server redirects; HOME, OTHER, PLAIN and STRANGE stand for
		// addresses.
		to     string
		files  transport.TLSFiles
		method string
		kind   model.FaultKind
		text   string
		// home, other and plain are what the servers were sent.
		home, other, plain []string
	}{
		"the same origin":                {to: "HOME/content", files: all, home: []string{challenged, basic + " me", basic + " me"}},
		"the same origin, written aloud": {to: "https://LOCAL/content", files: all, home: []string{challenged, basic + " me", ""}},
		"another port":                   {to: "OTHER/content", files: all, home: []string{challenged, basic + " me"}, other: []string{""}},
		"a login in the address":         {to: "https://eve:evil@OTHERHOST/content", files: all, home: []string{challenged, basic + " me"}, other: []string{""}},
		"there and back":                 {to: "OTHER/back", files: all, home: []string{challenged, basic + " me", "me"}, other: []string{""}},
		"authentication elsewhere":       {to: "OTHER/login", files: all, kind: model.FaultUnauthorized, text: "credentials are not sent there", home: []string{challenged, basic + " me"}, other: []string{""}},
		"unchecked here, not there":      {to: "STRANGE/content", files: transport.TLSFiles{SkipVerify: true}, kind: model.FaultTLS, text: "redirects: the server's certificate is not trusted", home: []string{"", basic}},
		"out of TLS":                     {to: "PLAIN/content", files: all, kind: model.FaultBadData, text: "from https to http", home: []string{challenged, basic + " me"}},
		"out of all schemes":             {to: "ftp://OTHERHOST/content", files: all, kind: model.FaultBadData, text: "not https or http", home: []string{challenged, basic + " me"}},
		"what is written":                {to: "OTHER/content", files: all, method: http.MethodPost, kind: model.FaultBadData, text: "nothing was sent to the new address", home: []string{challenged, basic + " me"}},
	} {
		t.Run(name, func(t *testing.T) {
			var target string
			elsewhere := func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" {
					t.Errorf("sent along: %v", r.Header)
				}
				switch r.URL.Path {
				case "/login":
					w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
					w.WriteHeader(http.StatusUnauthorized)
				case "/back":
					http.Redirect(w, r, target, http.StatusTemporaryRedirect)
				default:
					content(w, r)
				}
			}
			other := newPlace(t, "127.0.0.1", &here.Certificate, elsewhere)
			stranger := newPlace(t, "127.0.0.1", &strange.Certificate, elsewhere)
			plain := newPlace(t, "127.0.0.1", nil, elsewhere)
			to := ""
			home := newPlace(t, "127.0.0.1", &here.Certificate, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.URL.Path == "/content":
					content(w, r)
				case r.Header.Get("Authorization") != basic:
					w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
					w.WriteHeader(http.StatusUnauthorized)
				default:
					http.Redirect(w, r, to, http.StatusTemporaryRedirect)
				}
			})
			target = home.URL + "/content"
			to = strings.NewReplacer(
				"HOME", home.URL, "OTHERHOST", other.host, "OTHER", other.URL, "PLAIN", plain.URL, "STRANGE", stranger.URL,
				"LOCAL", strings.Replace(home.host, "127.0.0.1", "localhost", 1),
			).Replace(tt.to)
			q := question{URL: home.URL + "/start", TLS: map[string]transport.TLSFiles{home.host: tt.files}, Credentials: transport.StaticCredentials{User: user, Password: password}}
			if tt.method == "" {
				tt.method = http.MethodGet
			}
			got := ask(q, tt.method)
			if got.Kind != tt.kind || !strings.Contains(got.Said, tt.text) || (got.Body == "content") != (tt.kind == "") {
				t.Errorf("%+v; want %q with %q", got, tt.kind, tt.text)
			}
			if strings.Contains(got.Said, password) || strings.Contains(got.Said, "evil") {
				t.Errorf("a password is in:\n%s", got.Said)
			}
			if !slices.Equal(home.sent(), tt.home) || !slices.Equal(other.sent(), tt.other) || !slices.Equal(plain.sent(), tt.plain) || len(stranger.sent()) > 0 {
				t.Errorf("sent home %q, elsewhere %q, plainly %q, to the stranger %q", home.sent(), other.sent(), plain.sent(), stranger.sent())
			}
		})
	}
}

// From a server without TLS a redirect may lead anywhere; nothing secret goes along, and
// it does not lead out of TLS again.
func TestRedirectsWithoutTLS(t *testing.T) {
	authority := transporttest.NewAuthority(t)
	here := authority.Issue(t, "127.0.0.1")
	plain := newPlace(t, "127.0.0.1", nil, content)
	secure := newPlace(t, "127.0.0.1", &here.Certificate, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/out" {
			http.Redirect(w, r, plain.URL, http.StatusFound)
			return
		}
		content(w, r)
	})
	basic := basicOf(user, password)
	for to, text := range map[string]string{"/content": "", "/out": "from https to http"} {
		home := newPlace(t, "127.0.0.1", nil, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != basic {
				w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			http.Redirect(w, r, secure.URL+to, http.StatusFound)
		})
		q := question{URL: home.URL, TLS: map[string]transport.TLSFiles{secure.host: {CA: authority.File}}, Credentials: transport.StaticCredentials{User: user, Password: password}}
		got := ask(q, http.MethodGet)
		if (got.Kind == "") != (text == "") || !strings.Contains(got.Said, text) {
			t.Errorf("%s: %+v", to, got)
		}
		if !slices.Equal(home.sent(), []string{"", basic}) {
			t.Errorf("%s: the server was sent %q", to, home.sent())
		}
	}
	if slices.ContainsFunc(append(secure.sent(), plain.sent()...), func(s string) bool { return s != "" }) || len(plain.sent()) > 0 {
		t.Errorf("sent elsewhere: %q, %q", secure.sent(), plain.sent())
	}
}

// Without TLS nothing secret leaves this machine; a server that asks for nothing is read.
func TestNothingSecretWithoutTLS(t *testing.T) {
	authority := transporttest.NewAuthority(t)
	ofServer, ofRealm := authority.Issue(t, serverName), authority.Issue(t, realmName)
	for name, tt := range map[string]struct {
		secure    bool
		challenge string
		kind      model.FaultKind
		text      string
	}{
		"no authentication":        {challenge: ""},
		"Basic":                    {challenge: `Basic realm="x"`, kind: model.FaultUnauthorized, text: "use the server's https:// address"},
		"a realm with TLS":         {challenge: `Bearer realm="https://REALM/token"`, kind: model.FaultUnauthorized, text: "doesn't use TLS"},
		"a realm without":          {challenge: `Bearer realm="http://PLAIN/token"`, kind: model.FaultUnauthorized, text: "doesn't use TLS"},
		"only the realm without":   {secure: true, challenge: `Bearer realm="http://PLAIN/token"`, kind: model.FaultBadData, text: "the token server PLAIN: it doesn't use TLS"},
		"a realm on this machine":  {secure: true, challenge: `Bearer realm="http://127.0.0.1:1/token"`, kind: model.FaultBadData, text: "it doesn't use TLS"},
		"a realm, wrongly spelled": {secure: true, challenge: `Bearer realm="HTTP://PLAIN/token"`, kind: model.FaultBadData, text: "it doesn't use TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			realm, plain := newPlace(t, realmName, &ofRealm.Certificate, goodToken), newPlace(t, realmName, nil, goodToken)
			names := strings.NewReplacer("REALM", realm.host, "PLAIN", plain.host)
			var certificate *tls.Certificate
			scheme := "http://"
			if tt.secure {
				certificate, scheme = &ofServer.Certificate, "https://"
			}
			server := newPlace(t, serverName, certificate, func(w http.ResponseWriter, r *http.Request) {
				if tt.challenge != "" && r.Header.Get("Authorization") == "" {
					w.Header().Set("WWW-Authenticate", names.Replace(tt.challenge))
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				content(w, r)
			})
			files := transport.TLSFiles{CA: authority.File}
			proxy := transporttest.NewProxy(t, nil, "", "")
			got := inChild(t, "http://"+proxy.Addr, question{
				URL: scheme + server.host, TLS: map[string]transport.TLSFiles{server.host: files, realm.host: files},
				Credentials: transport.StaticCredentials{User: user, Password: password},
			})
			if got.Kind != tt.kind || !strings.Contains(got.Said, names.Replace(tt.text)) || (got.Body == "content") != (tt.kind == "") {
				t.Errorf("%+v; want %q with %q", got, tt.kind, tt.text)
			}
			if !slices.Equal(server.sent(), []string{""}) || len(realm.sent())+len(plain.sent()) > 0 {
				t.Errorf("the server got %q, the realms %q and %q", server.sent(), realm.sent(), plain.sent())
			}
		})
	}
}

// What listens on this machine takes no proxy, however its name is written.
func TestNoProxyOnThisMachine(t *testing.T) {
	server := newPlace(t, "127.0.0.1", nil, content)
	proxy := transporttest.NewProxy(t, nil, "", "")
	for _, host := range []string{server.host, strings.Replace(server.host, "127.0.0.1", "localhost", 1), strings.Replace(server.host, "127.0.0.1", "LocalHost", 1)} {
		if got := inChild(t, "http://"+proxy.Addr, question{URL: "http://" + host}); got.Body != "content" {
			t.Errorf("%s: %+v", host, got)
		}
	}
	if targets := proxy.Targets(); len(targets) > 0 {
		t.Errorf("the proxy was asked for %q", targets)
	}
}

// A port that speaks TLS is told apart from one that does not, whichever way a server
// has of not understanding.
func TestAskedWithoutTLS(t *testing.T) {
	authority := transporttest.NewAuthority(t)
	here := authority.Issue(t, "127.0.0.1")
	me := authority.Issue(t, "me")
	polite := newPlace(t, "127.0.0.1", &here.Certificate, content)
	strict := newPlace(t, "127.0.0.1", &here.Certificate, content)
	strict.TLS.ClientAuth = tls.RequireAnyClientCert
	curt := transporttest.NewAlert(t, &here.Certificate)
	plain := newPlace(t, "127.0.0.1", nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadRequest) })
	realmless := newPlace(t, "127.0.0.1", nil, guardedBy(func() string { return "http://" + polite.host + "/token" }))
	files := transport.TLSFiles{CA: authority.File, Cert: me.CertFile, Key: me.KeyFile}
	for name, tt := range map[string]struct {
		url  string
		kind model.FaultKind
		text string
	}{
		"a status":                  {"http://" + polite.host + "/prefix", model.FaultTLS, "use https for the server: https://" + polite.host + "/prefix"},
		"a client is not known":     {"http://" + strict.host, model.FaultTLS, "use https for the server: https://" + strict.host},
		"an alert":                  {"http://" + curt, model.FaultTLS, "use https for the server: https://" + curt},
		"a status of a server":      {"http://" + plain.host, model.FaultBadData, "answered 400"},
		"the token server":          {"http://" + realmless.host, model.FaultTLS, "the operator of " + realmless.host + ", which refers to this address, must use https:// for it"},
		"with TLS, where it is not": {"https://" + plain.host, model.FaultTLS, "does not speak TLS on this port (check the port; for a server without TLS, write http://"},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			got := ask(question{URL: tt.url, TLS: map[string]transport.TLSFiles{u.Host: files}, Credentials: transport.StaticCredentials{User: user, Password: password}}, http.MethodGet)
			if got.Kind != tt.kind || !strings.Contains(got.Said, tt.text) {
				t.Errorf("%+v; want %s with %q", got, tt.kind, tt.text)
			}
		})
	}
	if who := slices.Concat(polite.sent(), strict.sent()); bytes.ContainsAny([]byte(strings.Join(who, "")), "meB") {
		t.Errorf("to find out, the servers were sent %q", who)
	}
}
