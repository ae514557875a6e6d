package signaturecheck

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/e-onay/e-onay/internal/fault"
	"github.com/e-onay/e-onay/internal/validation"
	"github.com/e-onay/e-onay/internal/validation/formats"
	"github.com/e-onay/e-onay/web/portal/refusal"
	"github.com/e-onay/e-onay/web/portal/site"
	"github.com/e-onay/e-onay/web/proxy"
)

const (
	// maxJudged is how many files are judged at once: each may take a processor.
	maxJudged = 4
	// judgeWait is how long a file waits for that, and judgeTime how long it may take with the answers of the network.
	judgeWait = 15 * time.Second
	judgeTime = 30 * time.Second
	// networkTime is how long the network may take of judgeTime.
	networkTime = 20 * time.Second
	// answerTime is for sending the report.
	answerTime = 30 * time.Second
)

// finding is what a file is worth: a report, or the code of why it cannot be read.
type finding struct {
	report *validation.Report
	code   fault.Code
	// usesContent says that a signature was judged over the second file.
	usesContent bool
}

// check judges what the form brings, and answers with the report.
func (c *checker) check(v *site.Visit) error {
	v.W.Header().Set("Cache-Control", "no-store")
	wantsJSON := strings.HasPrefix(v.R.Header.Get("Accept"), "application/json")
	if wantsJSON {
		v.ForProgram()
	}
	leave, err := c.enter(v)
	if err != nil {
		if fault.CodeOf(err) == refusal.CheckLimit {
			v.W.Header().Set("Retry-After", "60")
		}
		drain(v)
		return err
	}
	u, err := c.readUpload(v)
	if err != nil {
		leave()
		if fault.CodeOf(err) == refusal.CheckNoFile && !wantsJSON {
			return v.Render(http.StatusBadRequest, "signaturecheck", c.form(false, false), refusal.CheckNoFile)
		}
		if fault.CodeOf(err) == refusal.CheckTooLarge {
			drain(v)
		}
		return err
	}
	release := func() { u.close(); leave() }
	if err := extendDeadlines(v); err != nil {
		release()
		return err
	}
	found, err := c.judgeWithin(v, u, release)
	if err != nil {
		return err
	}
	if wantsJSON || u.asJSON {
		return answerJSON(v, u, found)
	}
	return v.Render(http.StatusOK, "signaturereport", c.view(v, u, found), "")
}

// extendDeadlines gives the connection the time of the judgement: the server's own limits are for small forms, and a deadline of reading
// that passes cancels the request, though all of it is here.
func extendDeadlines(v *site.Visit) error {
	control, until := http.NewResponseController(v.W), time.Now().Add(judgeWait+judgeTime+answerTime)
	if err := control.SetReadDeadline(until); err != nil {
		return fmt.Errorf("read deadline: %w", err)
	}
	if err := control.SetWriteDeadline(until); err != nil {
		return fmt.Errorf("write deadline: %w", err)
	}
	return nil
}

// enter takes the visitor's share, and a place to upload.
func (c *checker) enter(v *site.Visit) (leave func(), err error) {
	leaveVisitor := func() {}
	if visitor := proxy.Of(v.R.Context()); !visitor.IsProxy {
		if leaveVisitor, err = c.visitors.enter(network(visitor.Address)); err != nil {
			return nil, err
		}
	}
	leavePlace, err := c.uploads.enter(v.R.Context(), uploadWait)
	if err != nil {
		leaveVisitor()
		return nil, err
	}
	return func() { leavePlace(); leaveVisitor() }, nil
}

// judgeWithin judges an upload beside the request, which is answered when the time is over. The files are closed, and the places
// left, when the judgement has ended: release is called then, once.
func (c *checker) judgeWithin(v *site.Visit, u *upload, release func()) (*finding, error) {
	leave, err := c.judging.enter(v.R.Context(), judgeWait)
	if err != nil {
		release()
		return nil, err
	}
	ctx, cancel := context.WithTimeout(v.R.Context(), c.judgeTime)
	type outcome struct {
		found *finding
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer release()
		defer leave()
		var out outcome
		defer func() { done <- out }()
		defer func() {
			if cause := recover(); cause != nil { // this goroutine is not the server's, which would end the request alone
				c.Log.Error("panic", "path", Path, "cause", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
				out.err = fault.Errorf(fault.Internal, "panic while a file was judged")
			}
		}()
		out.found, out.err = c.judge(ctx, u)
	}()
	defer cancel()
	select {
	case out := <-done:
		return out.found, out.err
	case <-ctx.Done():
		return nil, fault.Errorf(refusal.CheckBusy, "not judged in %v", c.judgeTime)
	}
}

// judge reads the file and validates its signatures at the present moment.
func (c *checker) judge(ctx context.Context, u *upload) (*finding, error) {
	var documents []formats.Document
	if u.content != nil {
		documents = append(documents, formats.Document{Name: u.content.Name, Content: u.content.Content})
	}
	signatures, err := formats.Read(u.signature.Content, documents...)
	if err != nil {
		code := fault.CodeOf(err)
		if code == fault.Internal {
			return nil, fmt.Errorf("signature check: %w", err)
		}
		return &finding{code: code}, nil
	}
	in := validation.Input{Signatures: signatures, Policy: c.Policy, Moment: c.Now(), Data: c.Data}
	if c.Source != nil {
		asking, cancel := context.WithTimeout(ctx, networkTime)
		defer cancel()
		in.Source = c.Source.within(asking)
	}
	found := &finding{report: validation.Validate(in)}
	if u.content != nil {
		if found.usesContent, err = usesContent(u.signature, u.content, found.report.Signatures); err != nil {
			return nil, err
		}
	}
	return found, nil
}
