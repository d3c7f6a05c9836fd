/** What a run logs, in the files that people's tools read: trainer_state.json and event files. */
@NullMarked
package dev.tuneline.trainer.history;

import org.jspecify.annotations.NullMarked;
