// One phone: its lock screen, its chat with the bot, and what somebody can do there.

import { ask } from "./asking.js";
import { fill, make } from "./dom.js";
import { client, state } from "./state.js";
import { formatted } from "./text.js";
import { say } from "./words.js";

/** @typedef {import("./state.js").Phone} Phone */
/** @typedef {import("./state.js").Message} Message */

const NEAR_THE_END = 80;

/** A phone on the page. Its nodes stay; what is in them follows what the server tells. */
export class PhoneView {
  /** @param {string} kind "client" or "therapist" */
  constructor(kind) {
    this.kind = kind;
    this.who = 0;
    /** @type {Map<number, HTMLElement>} */
    this.nodes = new Map();
    const id = `${this.kind}-phone`;
    this.name = make("h2", { id: `${id}-name` });
    this.time = make("span", { className: "phone-time" });
    this.lock = make("ul", { className: "notifications" });
    this.lockScreen = make("section", { className: "lock" }, make("h3", {}, say("lock_screen")), this.lock);
    this.typing = make("span", { className: "typing" });
    this.log = make("div", { className: "log", role: "log", tabIndex: 0 });
    this.empty = make("p", { className: "empty" });
    this.suggestions = make("div", { className: "suggestions", role: "group" });
    this.suggestions.setAttribute("aria-label", say("suggestions"));
    this.commands = make("div", { className: "commands", id: `${id}-commands`, hidden: true });
    this.menu = make(
      "button",
      {
        type: "button",
        className: "menu",
        on: { click: () => this.toggleMenu() },
        aria: { expanded: "false", controls: `${id}-commands` },
      },
      say("menu"),
    );
    this.box = /** @type {HTMLTextAreaElement} */ (
      make("textarea", {
        rows: 1,
        maxLength: 4096,
        dir: "auto",
        placeholder: say("write"),
        on: { keydown: (/** @type {KeyboardEvent} */ event) => this.onKey(event), input: () => this.grow() },
      })
    );
    this.sending = make("button", { type: "submit", className: "send" }, say("send"));
    this.form = make(
      "form",
      { className: "composer", on: { submit: (/** @type {Event} */ event) => this.onSubmit(event) } },
      this.menu,
      this.box,
      this.sending,
    );
    this.startButton = make("button", {
      type: "button",
      className: "start",
      on: { click: () => this.startOrUnblock() },
    });
    this.chat = make(
      "div",
      { className: "chat" },
      make(
        "div",
        { className: "chat-head" },
        make("span", { className: "avatar", aria: { hidden: "true" } }, "✓"),
        make(
          "span",
          { className: "bot-name" },
          make("b", {}, say("bot")),
          " ",
          make("span", { className: "kind" }, say("bot_kind")),
        ),
        this.typing,
      ),
      this.log,
      this.commands,
      this.form,
      this.startButton,
    );
    this.root = make(
      "section",
      { className: `phone ${this.kind}`, id, aria: { labelledby: `${id}-name` } },
      make("div", { className: "phone-head" }, this.name, this.time),
      this.lockScreen,
      this.chat,
      this.suggestions,
    );
    this.root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.commands.hidden) {
        this.toggleMenu(false);
        this.menu.focus();
        event.stopPropagation();
      }
    });
  }

  /**
   * Show a phone as it is now.
   * @param {Phone} phone
   */
  show(phone) {
    const isOther = phone.who !== this.who;
    if (isOther || phone.whole) this.forget(phone);
    this.phone = phone;
    this.name.textContent = phone.name;
    this.time.textContent = `${phone.time} · ${phone.zone}`;
    this.lockScreen.setAttribute("aria-label", say("lock_screen_of", { name: phone.name }));
    this.showNotifications();
    this.typing.textContent = state.typing.includes(phone.who) ? say("typing") : "";
    this.showMessages(isOther || phone.whole);
    this.showSuggestions();
    this.showComposer();
  }

  /** @param {Phone} phone */
  forget(phone) {
    this.who = phone.who;
    this.nodes.clear();
    // What is shown all at once is no news: a screen reader tells what is added from now on.
    this.log.setAttribute("aria-live", "off");
    this.log.setAttribute("aria-label", say("chat_of", { name: phone.name }));
    this.box.setAttribute("aria-label", say("write_as", { name: phone.name }));
    this.commands.setAttribute("aria-label", say("menu_of", { name: phone.name }));
    fill(this.log);
    this.toggleMenu(false);
  }

  showNotifications() {
    const { notifications } = this.current();
    const items = notifications.map((one) =>
      make(
        "li",
        { dir: "auto" },
        make("b", {}, say("bot")),
        " ",
        one.text,
        one.silent && make("span", { className: "silent" }, ` (${say("silent")})`),
      ),
    );
    const known = [...this.lock.children].map((item) => item.textContent).join("\n");
    const now = items.length > 0 ? items : [make("li", { className: "none" }, say("no_notifications"))];
    if (now.map((item) => item.textContent).join("\n") !== known) fill(this.lock, ...now);
  }

  /** @param {boolean} all whether everything is shown anew */
  showMessages(all) {
    const phone = this.current();
    const atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR_THE_END;
    const focused = this.log.contains(document.activeElement)
      ? /** @type {HTMLElement} */ (document.activeElement)
      : null;
    const focusedIn = Number(focused?.closest("[data-message]")?.getAttribute("data-message"));
    for (const [id, node] of this.nodes) {
      if (!phone.messages.has(id)) {
        node.remove();
        this.nodes.delete(id);
      }
    }
    /** @type {HTMLElement | null} */
    let newest = null;
    for (const message of phone.messages.values()) {
      const known = this.nodes.get(message.id);
      if (known && !phone.changed.has(message.id)) continue;
      const node = this.message(message);
      if (known) known.replaceWith(node);
      else this.log.append(node);
      if (!known || atEnd) newest = node;
      this.nodes.set(message.id, node);
    }
    this.markDays();
    this.showEmpty();
    this.nameHandovers();
    if (newest) this.scrollTo(newest);
    if (focused && !focused.isConnected) this.refocus(focusedIn);
    if (all) setTimeout(() => this.log.setAttribute("aria-live", "polite"), 300);
  }

  /**
   * Go to the end of the chat; but what is longer than the screen is read from its beginning.
   * @param {HTMLElement} newest
   */
  scrollTo(newest) {
    const fits = newest.offsetHeight <= this.log.clientHeight;
    this.log.scrollTop = fits ? this.log.scrollHeight : newest.offsetTop - this.log.offsetTop;
  }

  /**
   * Where a focused button is gone with its message, go to the first button of what came in its place.
   * @param {number} id
   */
  refocus(id) {
    const node = this.nodes.get(id) ?? [...this.nodes.values()].at(-1);
    const button = node?.querySelector("button");
    (button ?? this.log).focus({ preventScroll: true });
  }

  markDays() {
    let day = "";
    for (const [id, node] of this.nodes) {
      const own = this.current().messages.get(id)?.day ?? "";
      node.classList.toggle("first-of-day", own !== day);
      day = own;
    }
  }

  showEmpty() {
    const { messages, name } = this.current();
    this.empty.textContent = this.kind === "client" ? say("empty_client", { name }) : say("empty");
    if (messages.size === 0) this.log.append(this.empty);
    else this.empty.remove();
  }

  /** The link can be handed over to whichever client is shown. */
  nameHandovers() {
    for (const button of this.log.querySelectorAll(".hand-over")) {
      const label = say("hand_over", { name: client().name });
      if (button.textContent !== label) button.textContent = label;
    }
  }

  /**
   * @param {Message} message
   * @returns {HTMLElement}
   */
  message(message) {
    const { name } = this.current();
    const meta = make(
      "span",
      { className: "meta" },
      message.edited && `${say("edited")} `,
      make("time", {}, message.time),
    );
    const bubble = make(
      "div",
      { className: "bubble" },
      make("span", { className: "unseen" }, message.mine ? say("says", { name }) : say("bot_says"), ": "),
      message.picture && make("img", { src: message.picture, alt: say("picture"), width: 200, height: 200 }),
      message.document &&
        make(
          "a",
          { className: "document", href: message.document.href, download: message.document.name },
          say("document", { name: message.document.name }),
        ),
      message.text && make("p", { className: "text", dir: "auto" }, ...formatted(message.text, message.entities)),
      meta,
    );
    return make(
      "article",
      { className: message.mine ? "message mine" : "message", data: { message: message.id } },
      make("p", { className: "day" }, make("span", {}, message.day)),
      bubble,
      message.link && this.handOver(message),
      message.buttons.length > 0 && this.keyboard(message),
    );
  }

  /** @param {Message} message */
  handOver(message) {
    return make(
      "button",
      {
        type: "button",
        className: "hand-over",
        data: { control: "hand_over" },
        on: { click: () => ask("opens", { who: client().who, message: message.id }) },
      },
      say("hand_over", { name: client().name }),
    );
  }

  /** @param {Message} message */
  keyboard(message) {
    const rows = message.buttons.map((buttons, row) =>
      make(
        "div",
        { className: "row" },
        ...buttons.map((button, column) =>
          make(
            "button",
            {
              type: "button",
              dir: "auto",
              data: { place: `${row}-${column}` },
              on: { click: () => ask("taps", { who: this.who, message: message.id, row, column }) },
            },
            button.label,
          ),
        ),
      ),
    );
    return make("div", { className: "keyboard" }, ...rows);
  }

  showSuggestions() {
    const suggestions = this.kind === "therapist" && !this.current().blocked ? (client().suggestions ?? []) : [];
    const shown = [...this.suggestions.children].map((button) => button.textContent);
    if (shown.join("\n") === suggestions.join("\n")) return;
    fill(
      this.suggestions,
      ...suggestions.map((text, place) =>
        make(
          "button",
          {
            type: "button",
            data: { control: place === 0 ? "suggestion" : "" },
            on: { click: () => ask("says", { who: this.who, text }) },
          },
          text,
        ),
      ),
    );
    this.suggestions.hidden = suggestions.length === 0;
  }

  showComposer() {
    const { started, blocked, commands, who } = this.current();
    const canWrite = started && !blocked;
    this.form.hidden = !canWrite;
    this.startButton.hidden = canWrite;
    this.startButton.textContent = blocked ? say("unblock") : say("start");
    const items = commands.map(([name, description]) =>
      make(
        "button",
        { type: "button", on: { click: () => this.command(name) } },
        make("b", {}, name),
        " ",
        description,
      ),
    );
    items.push(
      make("button", { type: "button", className: "block", on: { click: () => this.block(who) } }, say("block")),
    );
    if (
      items.map((item) => item.textContent).join("\n") !==
      [...this.commands.children].map((item) => item.textContent).join("\n")
    ) {
      fill(this.commands, ...items);
    }
  }

  startOrUnblock() {
    if (this.current().blocked) ask("blocks", { who: this.who, blocked: false });
    else ask("starts", { who: this.who });
  }

  /** @param {number} who */
  block(who) {
    this.toggleMenu(false);
    ask("blocks", { who, blocked: true });
  }

  /** @param {string} name */
  command(name) {
    this.toggleMenu(false);
    this.box.focus();
    ask("says", { who: this.who, text: name });
  }

  /** @param {boolean} [open] */
  toggleMenu(open = this.commands.hidden) {
    this.commands.hidden = !open;
    this.menu.setAttribute("aria-expanded", String(open));
    if (open) /** @type {HTMLElement | null} */ (this.commands.firstElementChild)?.focus();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.onSubmit(event);
  }

  /** @param {Event} event */
  async onSubmit(event) {
    event.preventDefault();
    const text = this.box.value;
    if (!text.trim()) return;
    this.box.value = "";
    this.grow();
    if (!(await ask("says", { who: this.who, text })) && !this.box.value) this.box.value = text;
  }

  grow() {
    this.box.style.blockSize = "auto";
    this.box.style.blockSize = `${Math.min(this.box.scrollHeight + 2, 120)}px`;
  }

  /** @returns {Phone} */
  current() {
    return /** @type {Phone} */ (this.phone);
  }
}
