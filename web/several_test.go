package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/e-onay/e-onay/test/pgtest"
)

// several are portals on one PostgreSQL database behind an nginx, which gives each request to the next of them, also to one that was killed.
type several struct {
	*world
	program string // of the portals
	owner   string // a file that says how the database's owner connects
	url     string // of nginx
	configs []string
	portals []*process
	served  string // a file with the address of the portal that answered, a line for each request
}

func newSeveral(t *testing.T, program string, n int) *several {
	t.Helper()
	w := newWorldOf(t, program)
	s := &several{world: w, program: program, owner: w.onPostgres()}
	s.migrate()
	w.configure(map[string]any{
		"proxy":        map[string]any{"address_header": "X-Real-IP", "request_id_header": "X-Request-Id", "networks": []string{"127.0.0.1"}},
		"applications": map[string]any{"seal_fee": sealFee},
		"production":   nil, // nothing is made, and what must be given for it has changed between versions
	})
	settings, err := os.ReadFile(w.config)
	if err != nil {
		t.Fatal(err)
	}
	var public struct{ URL string }
	if err := json.Unmarshal(settings, &public); err != nil {
		t.Fatal(err)
	}
	s.url = public.URL
	var servers []string
	for i := range n {
		config := filepath.Join(filepath.Dir(w.config), fmt.Sprintf("portal-%d.json", i))
		if err := os.WriteFile(config, settings, 0o600); err != nil {
			t.Fatal(err)
		}
		address := fmt.Sprintf("127.0.0.1:%d", fixedPort(t))
		set(t, config, map[string]any{"listen": address})
		s.configs, servers = append(s.configs, config), append(servers, address)
		s.portals = append(s.portals, startOf(t, program, "serve", "-config", config))
	}
	t.Cleanup(func() {
		for _, p := range s.portals {
			p.end(syscall.SIGKILL)
		}
	})
	s.balance(servers)
	return s
}

// balance starts nginx at the portals' public address, until the test ends, as docs/operation/processes.md has it.
func (s *several) balance(servers []string) {
	s.t.Helper()
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		s.t.Fatalf("%v. Run: make deps", err)
	}
	upstream := block(s.t, "operation/processes.md", "upstream")
	for i, line := range []string{"server 127.0.0.1:8080;", "server 127.0.0.1:8081;"} {
		if !strings.Contains(upstream, line) {
			s.t.Fatalf("the page has no %q", line)
		}
		upstream = strings.Replace(upstream, line, "server "+servers[i]+" max_fails=0;", 1)
	}
	for _, server := range servers[2:] {
		upstream = strings.Replace(upstream, "}", "server "+server+" max_fails=0;\n}", 1)
	}
	dir := s.t.TempDir()
	var temp strings.Builder
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&temp, "%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	config := filepath.Join(dir, "nginx.conf")
	s.served = filepath.Join(dir, "served")
	text := fmt.Sprintf(`pid %[1]s/pid;
error_log %[1]s/error.log;
events {}
http {
log_format portal $upstream_addr;
access_log %[5]s portal;
%[2]s%[3]sserver {
listen %[4]s;
location / { proxy_pass http://portal; proxy_set_header Host $http_host; proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Request-Id $request_id; }
}
}
`, dir, &temp, upstream, strings.TrimPrefix(s.url, "http://"), s.served)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.Command(nginx, "-c", config).CombinedOutput(); err != nil { // it returns once it listens
		s.t.Fatalf("nginx: %v\n%s", err, out)
	}
	s.t.Cleanup(func() {
		if out, err := exec.Command(nginx, "-c", config, "-s", "stop").CombinedOutput(); err != nil {
			s.t.Errorf("nginx -s stop: %v\n%s", err, out)
		}
	})
}

// kill kills a portal in the middle of whatever it does, and starts it again.
func (s *several) kill() {
	s.t.Helper()
	one := rand.N(len(s.portals))
	s.portals[one].end(syscall.SIGKILL)
	s.begin(one)
}

// begin starts a portal that has ended.
func (s *several) begin(one int) {
	s.t.Helper()
	s.portals[one] = startOf(s.t, s.program, "serve", "-config", s.configs[one])
}

// migrate makes the database's schema that of the portals' program.
func (s *several) migrate() {
	s.t.Helper()
	cmd := exec.Command(s.program, "migrate", "-config", s.config, "-owner", s.owner, "-role", servingRole)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("migrate: %v\n%s", err, out)
	}
}

// sealFee is what a company's seal costs, in kuruş.
const sealFee = 125_000

var (
	stateOf   = regexp.MustCompile(`data-state="([a-z_]+)" data-version="([0-9]+)"`)
	formAt    = regexp.MustCompile(`name="surum" value="([0-9]+)"`)
	listedOne = regexp.MustCompile(`href="/basvurular/([0-9A-Z-]{19})"`)
)

// buyer applies for seals, one after the other: pays the fee, fills in some of the form, and cancels, so that the money goes back. Each is applied
// for by somebody new. Any answer may get lost: what to do next is what the application's page says.
type buyer struct {
	*world
	portal string
	ended  *atomic.Int64 // applications that were cancelled
}

// people numbers them; the first digit is 0, which no citizen number has.
var people atomic.Int64

func (b *buyer) run(ctx context.Context) {
	for ctx.Err() == nil {
		b.number = fmt.Sprintf("0%010d", people.Add(1))
		b.cookie = "buyer-" + b.number
		for b.tryLogIn() != nil && ctx.Err() == nil {
			b.pause(ctx)
		}
		for !b.hasEnded() {
			if b.t.Context().Err() != nil {
				return
			}
			b.pause(ctx)
		}
		b.ended.Add(1)
	}
}

func (b *buyer) pause(ctx context.Context) { (&signer{}).pause(ctx) }

// hasEnded takes the application one step further, and reports whether it is cancelled.
func (b *buyer) hasEnded() bool {
	_, list, err := b.do("GET", b.portal+"/basvurular", "", "")
	if err != nil {
		return false
	}
	m := listedOne.FindStringSubmatch(list)
	if m == nil {
		b.post("/basvurular/yeni", url.Values{"tur": {"seal"}})
		return false
	}
	at := "/basvurular/" + m[1]
	_, page, err := b.do("GET", b.portal+at, "", "")
	is := stateOf.FindStringSubmatch(page)
	if err != nil || is == nil {
		return false
	}
	switch is[1] {
	case "payment_due":
		b.pays(at)
	case "draft":
		if rand.N(3) == 0 {
			b.post(at, url.Values{"surum": {is[2]}, "islem": {"cancel"}})
			return false
		}
		if _, form, err := b.do("GET", b.portal+at+"/form", "", ""); err == nil {
			if version := formAt.FindStringSubmatch(form); version != nil {
				b.post(at+"/kayit", url.Values{"surum": {version[1]}, "title": {fmt.Sprintf("Işık %d A.Ş.", rand.N(1000))}})
			}
		}
	case "cancelled":
		return true
	}
	return false
}

// pays pays at the provider's page, and has the portal ask the provider if its notice went to a portal that was killed.
func (b *buyer) pays(at string) {
	_, page := b.post(at+"/odeme", nil)
	if !strings.HasPrefix(page, b.sandbox) {
		return
	}
	response, err := b.client.PostForm(page, url.Values{"kart": {"gecer"}, "islem": {"ode"}})
	if err != nil {
		return
	}
	response.Body.Close()
	if result, err := response.Location(); err == nil {
		b.post(result.Path, nil)
	}
}

// post sends a form; location is where the answer leads, empty for none.
func (b *buyer) post(path string, form url.Values) (status int, location string) {
	r, err := http.NewRequest("POST", b.portal+path, strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Error(err)
		return 0, ""
	}
	r.AddCookie(&http.Cookie{Name: "oturum", Value: b.cookie})
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := b.client.Do(r)
	if err != nil {
		return 0, ""
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return 0, ""
	}
	return response.StatusCode, response.Header.Get("Location")
}

// threeBuy has three people at a time buy, until finish is called, which returns when what they had begun has ended.
func (s *several) threeBuy() (ended *atomic.Int64, finish func()) {
	ctx, stop := context.WithCancel(s.t.Context())
	var running sync.WaitGroup
	ended = new(atomic.Int64)
	for range 3 {
		w := *s.world
		running.Go(func() { (&buyer{world: &w, portal: s.url, ended: ended}).run(ctx) })
	}
	s.t.Cleanup(func() { stop(); running.Wait() })
	return ended, func() { stop(); running.Wait() }
}

// moneyWentBack waits until the money of all who have cancelled is back, and compares the provider's books with the portal's.
func (s *several) moneyWentBack(ended int64) {
	s.t.Helper()
	db, err := sql.Open("pgx", s.postgres+" search_path=eonay")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	count := func(query string) (n int64) {
		if err := db.QueryRow("SELECT count(*) FROM " + query).Scan(&n); err != nil {
			s.t.Fatal(err)
		}
		return n
	}
	s.until("no money is on its way", func(int64) bool { return count("payment WHERE state NOT IN ('refunded', 'failed')") == 0 }, 0)
	if n := count("application WHERE kind = 'seal' AND state <> 'cancelled'"); n > 0 {
		s.t.Errorf("%d applications are not cancelled", n)
	}
	if n := count("application WHERE kind = 'seal' AND state = 'cancelled'"); n < ended {
		s.t.Errorf("%d applications are cancelled, %d people were told so", n, ended)
	}
	response, err := http.Get(s.sandbox + "/admin/payments")
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	var books struct {
		Payments []struct {
			Reference, State string
			Refunds          int
		}
	}
	if err := json.NewDecoder(response.Body).Decode(&books); err != nil {
		s.t.Fatal(err)
	}
	for _, one := range books.Payments {
		var state string
		if err := db.QueryRow("SELECT state FROM payment WHERE reference = $1", one.Reference).Scan(&state); err != nil {
			s.t.Errorf("%s, which the provider has as %s: %v", one.Reference, one.State, err)
		} else if (one.Refunds == 1) != (state == "refunded") || one.Refunds > 1 {
			s.t.Errorf("%s is %s here, and %s with %d refunds at the provider", one.Reference, state, one.State, one.Refunds)
		}
	}
	s.t.Logf("%d applications were paid, saved and cancelled; %d payments", ended, len(books.Payments))
}

// TestSeveralPortals has three portals behind nginx serve people who sign, and people who apply, pay and cancel, each request by another of them, while portals
// are killed and the database crashes. What was answered is on record, once and whole, money is where the record says, and the audit finds nothing.
// `make lost` kills them five hundred times, and the database a hundred times.
func TestSeveralPortals(t *testing.T) {
	drill(t)
	kills, crashes := often(t, "KILLS", 4), often(t, "CRASHES", 1)
	s := newSeveral(t, thisProgram, 3)
	answered, finish := s.threeSign(s.url)
	ended, settle := s.threeBuy()
	for i := range kills + crashes {
		s.until("a signature is answered", func(before int64) bool { return answered.Load() > before }, answered.Load())
		if i%((kills+crashes)/max(crashes, 1)) == 1 {
			pgtest.Crash(t)
			pgtest.Start(t)
			continue
		}
		s.kill()
	}
	settle()
	s.settled(finish())
	s.moneyWentBack(ended.Load())
	if _, r := s.audit(); r.Findings > 0 || r.Acts == 0 {
		t.Errorf("%+v", r)
	}
}
