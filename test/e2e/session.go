package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
)

// LoggedIn opens the portal's menu in a session that a person began outside the browser. Login takes the browser through the
// pages of portal and gateway, which costs as much as a window: it is for journeys that are about them.
func (j *Journey) LoggedIn(who Person) *Page {
	w := j.w
	w.t.Helper()
	session, err := w.startSession(who)
	if err != nil {
		w.t.Fatalf("log in without a browser: %v", err)
	}
	ctx, cancel := context.WithTimeout(w.Browser.driver.context(), Patience)
	defer cancel()
	if err := w.Browser.driver.setCookies(ctx, session); err != nil {
		w.t.Fatalf("give the browser a session: %v", err)
	}
	w.person = who
	p := w.Browser.NewPage(w.Portal.URL + "/")
	p.Wait("#menu-nes")
	return p
}

// A hostCookie is a cookie with the host that has set it.
type hostCookie struct {
	host string
	http.Cookie
}

// startSession logs a person in as a browser without scripts does, and returns the cookies that portal and gateway have set.
func (w *World) startSession(who Person) ([]hostCookie, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	set := cookieRecorder{}
	client := http.Client{Jar: jar, Timeout: Patience, Transport: set}
	page, gateway, err := post(&client, w.Portal.URL, "/giris", nil)
	if err != nil {
		return nil, err
	}
	form := url.Values{"action": {"login"}}
	for name, field := range map[string]string{"id": `name="id"`, "person": `id="` + who.Radio + `" name="person"`} {
		found := regexp.MustCompile(field + ` value="([^"]+)"`).FindStringSubmatch(page)
		if found == nil {
			return nil, fmt.Errorf("the gateway's page has no field %s", name)
		}
		form.Set(name, found[1])
	}
	page, _, err = post(&client, gateway.Scheme+"://"+gateway.Host, "/login", form)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(page, `id="menu-nes"`) {
		return nil, fmt.Errorf("the portal shows no menu")
	}
	var cookies []hostCookie
	for _, c := range set {
		cookies = append(cookies, c)
	}
	return cookies, nil
}

// post posts a form to a site as from its own page, and returns the page to which that leads, and where it is.
func post(client *http.Client, origin, path string, form url.Values) (page string, at *url.URL, err error) {
	request, err := http.NewRequest(http.MethodPost, origin+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", origin)
	response, err := client.Do(request)
	if err != nil {
		return "", nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", response.Request.URL.Redacted(), response.Status)
	}
	return string(body), response.Request.URL, err
}

// cookieRecorder keeps the newest of each cookie with its attributes, which a jar does not give back.
type cookieRecorder map[string]hostCookie

func (c cookieRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	for _, set := range response.Cookies() {
		key := r.URL.Hostname() + " " + set.Path + " " + set.Name
		if delete(c, key); set.MaxAge >= 0 && set.Value != "" {
			c[key] = hostCookie{r.URL.Hostname(), *set}
		}
	}
	return response, nil
}
