package settings

import (
	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/protocol"
	"github.com/e-onay/e-onay/wasm/hostclient"
	"github.com/e-onay/e-onay/wasm/plaintext"
	"github.com/e-onay/e-onay/wasm/screen"
)

// libraries is the section with the person's own list of PKCS#11 libraries.
type libraries struct {
	page    *shared
	problem fault.Code // why the list was not changed
	detail  string
}

// AddLibrary and RemoveLibrary change the list.
type (
	AddLibrary    struct{ Path string }
	RemoveLibrary struct{ Path string }
)

func (AddLibrary) IsEvent()    {}
func (RemoveLibrary) IsEvent() {}

// change has the host add or remove a library.
func (l *libraries) change(kind protocol.HostType, path string) {
	if l.page.client.InFlight(kind) {
		return
	}
	l.problem, l.detail, l.page.notice.done = "", "", DoneNothing
	if path == "" {
		l.problem = fault.ModulePath
		l.page.notice.alerts++
		return
	}
	l.page.client.Ask(&hostclient.Request{Kind: kind, Body: protocol.HostModuleBody{Path: path}})
}

// handleAnswer asks again for what another library changes.
func (l *libraries) handleAnswer(r *hostclient.Request, _ protocol.HostEnvelope) error {
	l.page.notice.done = DoneAdded
	if r.Kind == protocol.HostRemoveModule {
		l.page.notice.done = DoneRemoved
	}
	l.page.client.List()
	l.page.client.Ask(&hostclient.Request{Kind: protocol.HostDiagnose})
	return nil
}

func (l *libraries) handleRefusal(_ *hostclient.Request, f protocol.HostFailure) error {
	l.problem, l.detail = f.Code, plaintext.Line(f.Detail)
	l.page.notice.alerts++
	return nil
}

// LibrariesView is the list.
type LibrariesView struct {
	screen.Sentences
	Paths    []string
	Changing bool
	Problem  fault.Code
	Detail   string
}

// view is the list of paths, which the diagnosis tells.
func (l *libraries) view(paths []string) LibrariesView {
	v := LibrariesView{
		Sentences: l.page.sentences(), Problem: l.problem, Detail: plaintext.Visible(l.detail),
		Changing: l.page.client.InFlight(protocol.HostAddModule) || l.page.client.InFlight(protocol.HostRemoveModule),
	}
	for _, path := range paths {
		v.Paths = append(v.Paths, plaintext.Visible(path))
	}
	return v
}
