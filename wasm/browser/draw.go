//go:build js

package browser

import (
	"github.com/vugu/vugu"
	"github.com/vugu/vugu/domrender"
)

// Drawer returns what draws root into the page.
func Drawer(root vugu.Builder) (draw func()) {
	renderer, err := domrender.New("#app")
	if err != nil {
		panic(err)
	}
	env, err := vugu.NewBuildEnv(renderer.EventEnv())
	if err != nil {
		panic(err)
	}
	return func() {
		err := renderer.Render(env.RunBuild(root))
		if err != nil {
			panic(err)
		}
	}
}
