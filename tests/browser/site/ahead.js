// The engine's worker with a clock that is a day ahead.
import "/worker.js";

const now = Date.now.bind(Date);
Date.now = () => now() + 86_400_000;
