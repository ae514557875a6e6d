package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/e-onay/e-onay/web/relyingparty"
)

// act is that a person signs the documents of one kind.
type act struct {
	Request relyingparty.SignRequest
	Signed  []signedFile
}

// signedFile is what became of a document, and the evidence that it was signed.
type signedFile struct {
	Number   int // of the document in the request
	Name     string
	Evidence *relyingparty.Evidence
	path     string
}

// Open tells whether there is something left to sign.
func (a *act) Open() bool {
	return len(a.Signed) == 0 || !a.Request.Together && len(a.Signed) < len(a.Request.Documents)
}

// find returns what became of a document; nil where it was not signed.
func (a *act) find(number int) *signedFile {
	for i := range a.Signed {
		if a.Signed[i].Number == number {
			return &a.Signed[i]
		}
	}
	return nil
}

// act returns that of the person who asks, for the kind in the address. The documents are made once: what is verified is what was
// asked for. s.mutex is held.
func (s *site) act(r *http.Request) (*visitor, *act, error) {
	v, err := s.visitor(r)
	if err != nil {
		return nil, nil, err
	}
	k, ok := kindOf(r.PathValue("kind"))
	if !ok {
		return nil, nil, relyingparty.NewError(relyingparty.CodeRequestInvalid, errors.New("no such kind"))
	}
	a := v.Acts[k.Name]
	if a == nil {
		a = &act{Request: relyingparty.SignRequest{Purpose: k.Title, SignatureOptions: k.Options, Documents: k.Documents()}}
		if v.Acts == nil {
			v.Acts = map[string]*act{}
		}
		v.Acts[k.Name] = a
	}
	return v, a, nil
}

// request returns what the person who asks is to sign, with the site's own copies of the documents.
func (s *site) request(_ http.ResponseWriter, r *http.Request) (relyingparty.SignRequest, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, a, err := s.act(r)
	if err != nil {
		return relyingparty.SignRequest{}, err
	}
	return a.Request, nil
}

// fileSigned keeps a signed file and its evidence, once, if the signature is that of the person who is logged in.
func (s *site) fileSigned(_ http.ResponseWriter, r *http.Request, number int, f relyingparty.SignedFile, e *relyingparty.Evidence) (string, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	v, a, err := s.act(r)
	if err != nil {
		return "", err
	}
	if err := e.Of(v.Number); err != nil {
		return "", err
	}
	if a.find(number) != nil {
		return "", relyingparty.NewError(relyingparty.CodeFormExpired, errors.New("it is signed already"))
	}
	file, err := os.CreateTemp(s.folder, r.PathValue("kind")+"-"+strconv.Itoa(number)+"-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, f.Content)
	if err := errors.Join(err, file.Close()); err != nil {
		return "", err
	}
	a.Signed = append(a.Signed, signedFile{number, f.Documents[0].Name, e, file.Name()})
	return r.URL.Path, nil
}

// documents shows what is to be signed, and what has been.
func (s *site) documents(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, a, err := s.act(r)
	if err != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	k, _ := kindOf(r.PathValue("kind"))
	show(w, "documents.html", map[string]any{"Kind": k, "Act": a})
}

// serveContent gives the page a document that is too large for JSON.
func (s *site) serveContent(w http.ResponseWriter, r *http.Request) {
	request, err := s.request(w, r)
	number, _ := strconv.Atoi(r.FormValue("document"))
	if err != nil || number < 0 || number >= len(request.Documents) || request.Documents[number].Content == nil {
		http.NotFound(w, r)
		return
	}
	d := request.Documents[number]
	w.Header().Set("Content-Type", d.MediaType)
	io.Copy(w, io.NewSectionReader(d.Content, 0, d.Content.Size()))
}

// serveSigned gives the person what they have signed.
func (s *site) serveSigned(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	_, a, err := s.act(r)
	number, _ := strconv.Atoi(r.FormValue("document"))
	var signed *signedFile
	if err == nil {
		signed = a.find(number)
	}
	s.mutex.Unlock()
	if signed == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Disposition", "attachment")
	w.Header().Set("Content-Type", "application/octet-stream")
	http.ServeFile(w, r, signed.path)
}
