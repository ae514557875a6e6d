//go:build js

// Command inspect reads one document in a worker of the signing window (extension/viewers/inspect.worker.js), and tells what is
// in it. It has the strict readers of formats, which the window has no room for; package inspection is what it does.
package main

import (
	"io"
	"syscall/js"

	"github.com/e-onay/e-onay/wasm/inspection"
	"github.com/e-onay/e-onay/wasm/inspection/report"
)

func main() {
	inspector := js.Global().Get("inspector")
	file := newBlob(inspector.Get("document"))
	var i inspection.Inspector
	if content := inspector.Get("content"); !content.IsNull() {
		beside := newBlob(content)
		i.Content = io.NewSectionReader(beside, 0, beside.size)
	}
	found := i.Read(report.Kind(inspector.Get("kind").String()), file, file.size)
	part := func(number int) js.Value {
		data, err := i.Part(number)
		if err != nil {
			return js.Null()
		}
		out := js.Global().Get("Uint8Array").New(len(data))
		js.CopyBytesToJS(out, data)
		return out
	}
	if len(found.Parts) == 0 {
		inspector.Call("found", string(found.Encode()), nil)
		return
	}
	inspector.Set("part", js.FuncOf(func(_ js.Value, args []js.Value) any { return part(args[0].Int()) }))
	inspector.Call("found", string(found.Encode()), part(found.Shown))
	select {} // it is asked for parts
}

const (
	blockSize = 256 << 10
	maxBlocks = 32
)

// blob is a file of the browser's, read in blocks: each read goes to the browser's store of blobs. It keeps the latest blocks.
type blob struct {
	read   js.Value
	size   int64
	blocks []block // the latest used last
}

func newBlob(file js.Value) *blob {
	return &blob{read: file.Get("read"), size: int64(file.Get("size").Int())}
}

type block struct {
	number int64
	data   []byte
}

func (b *blob) ReadAt(p []byte, offset int64) (n int, err error) {
	for n < len(p) {
		if offset >= b.size {
			return n, io.EOF
		}
		data := b.block(offset / blockSize)
		within := offset % blockSize
		if within >= int64(len(data)) {
			return n, io.ErrUnexpectedEOF
		}
		copied := copy(p[n:], data[within:])
		n, offset = n+copied, offset+int64(copied)
	}
	return n, nil
}

func (b *blob) block(number int64) []byte {
	for i, kept := range b.blocks {
		if kept.number == number {
			b.blocks = append(append(b.blocks[:i:i], b.blocks[i+1:]...), kept)
			return kept.data
		}
	}
	start := number * blockSize
	read := b.read.Invoke(start, min(start+blockSize, b.size))
	data := make([]byte, read.Length())
	js.CopyBytesToGo(data, read)
	if len(b.blocks) == maxBlocks {
		b.blocks = b.blocks[1:]
	}
	b.blocks = append(b.blocks, block{number, data})
	return data
}
