// Package notifytext writes the lines of a notification.
package notifytext

import (
	"fmt"
	"strings"
)

// Line is KEY=VALUE. A newline would begin another line, so it becomes a space.
func Line(key string, value any) string {
	return key + "=" + strings.ReplaceAll(fmt.Sprint(value), "\n", " ")
}
