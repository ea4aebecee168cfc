// A page that is read: every step lights up by itself.

import { Light, listen } from "./light.js";

const steps = document.querySelectorAll("article");
for (const step of steps.length ? steps : [document.body]) listen(step, new Light(step));
