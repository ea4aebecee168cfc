// What no module of the page may do.

const browser = [
  "CSS", "Element", "cancelAnimationFrame", "clearInterval", "document", "fetch", "history", "innerWidth",
  "addEventListener", "location", "matchMedia", "requestAnimationFrame", "scrollX", "scrollY", "setInterval",
  "window",
];

module.exports = [
  {
    files: ["**/*.js"],
    languageOptions: {
      ecmaVersion: 2022,
      sourceType: "module",
      globals: Object.fromEntries(browser.map((name) => [name, "readonly"])),
    },
    rules: {
      "constructor-super": "error",
      eqeqeq: "error",
      "no-cond-assign": "error",
      "no-const-assign": "error",
      "no-dupe-keys": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-param-reassign": "error",
      "no-redeclare": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "text from a file is text" },
        { property: "outerHTML", message: "text from a file is text" },
        { property: "insertAdjacentHTML", message: "text from a file is text" },
      ],
      "no-shadow": "error",
      "no-undef": "error",
      "no-unreachable": "error",
      "no-unused-vars": "error",
      "no-use-before-define": ["error", { functions: false, variables: false }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
];
