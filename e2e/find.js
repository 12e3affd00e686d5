// Sent with every question to the page, so that it works on a page whose own scripts are switched off and needs no
// permission of its policy. Returns {ok, why, …}.
(function (op, scope, arg) {
  const squash = s => (s || '').replace(/[\s\u00a0\u202f]+/g, ' ').trim()
  const say = el => {
    if (!el) return 'nothing'
    const name = squash(el.computedName || el.textContent).slice(0, 40)
    return '<' + el.localName + (el.id ? '#' + el.id : '') + '>' + (name ? ' “' + name + '”' : '')
  }
  const visible = el => {
    if (!el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })) return false
    // An open dialog's own box may be empty: what is in it is placed on the window.
    if (getComputedStyle(el).display === 'contents' || el.localName === 'dialog') return true
    return [...el.getClientRects()].some(r => r.width > 0 && r.height > 0)
  }

  // What a person reads: the text of visible elements, blocks apart, a select by its chosen option.
  const text = root => {
    const shown = new Map(), block = new Map()
    const isShown = el => {
      if (!shown.has(el)) shown.set(el, el.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true }))
      return shown.get(el)
    }
    const blockOf = el => {
      if (!block.has(el)) block.set(el, !el.parentElement || !/^(inline|contents)$/.test(getComputedStyle(el).display) ? el : blockOf(el.parentElement))
      return block.get(el)
    }
    let out = '', last = null
    const put = (s, el) => {
      const b = blockOf(el)
      out += (last && last !== b ? '\n' : '') + s
      last = b
    }
    // By hand: a page whose scripts are off runs no callback of a TreeWalker either.
    const walk = n => {
      if (n.nodeType === 3) {
        if (n.data && isShown(n.parentElement)) put(n.data, n.parentElement)
      } else if (n.nodeType === 1 && n.localName === 'select') {
        if (isShown(n)) put([...n.selectedOptions].map(o => o.label).join(', '), n)
      } else if (n.nodeType === 1 && !/^(script|style|template|noscript|textarea)$/.test(n.localName)) {
        for (const child of n.childNodes) walk(child)
      }
    }
    walk(root)
    return out.split('\n').map(squash).filter(Boolean).join('\n')
  }
  const contains = (root, wanted) => squash(text(root)).includes(squash(wanted))

  // Every place a name can come from, without asking the browser, which works out names anew for each question: seconds
  // for a page of some hundred buttons. Who does not hold the wanted words here does not have the name either.
  const words = el => [
    el.textContent, el.getAttribute('aria-label'), el.title, el.placeholder, el.alt, el.value,
    ...[...el.labels || []].map(l => l.textContent),
    ...(el.getAttribute('aria-labelledby') || '').split(' ').map(id => document.getElementById(id)?.textContent),
    ...[...el.querySelectorAll(':scope > legend, :scope > caption, img, [aria-label], [title]')].map(e => e.ariaLabel || e.alt || e.title || e.textContent),
  ].filter(Boolean).join(' ')
  const dense = s => s.replace(/[\s\u00a0\u202f]+/g, '').toLowerCase()
  const could = (el, wanted) => dense(words(el)).includes(dense(wanted))

  const roles = {
    dialog: 'dialog[open],[role=dialog],[role=alertdialog]', menu: '[role=menu]', main: 'main,[role=main]', navigation: 'nav,[role=navigation]',
    banner: 'header,[role=banner]', form: 'form', table: 'table,[role=table],[role=grid]', list: 'ul,ol,[role=list]', status: '[role=status],[role=alert],output',
    group: 'fieldset,[role=group],[role=radiogroup]', complementary: 'aside,[role=complementary]', listbox: '[role=listbox],select',
  }
  const rowish = 'tr,[role=row],li,article,dl > div'

  let root = document.documentElement, why = ''
  for (const step of scope) {
    let found = []
    if (step.by === 'row') {
      found = [...root.querySelectorAll(rowish)].filter(el => visible(el) && contains(el, step.value))
      found = found.filter(el => !found.some(other => other !== el && el.contains(other)))
      if (found.length > 1) return { why: found.length + ' rows contain “' + step.value + '”' }
    } else if (step.by === 'group') {
      found = [...root.querySelectorAll('fieldset,[role=group],[role=radiogroup],section,[role=region],form,dialog,table')]
        .filter(el => visible(el) && could(el, step.value) && squash(el.computedName) === squash(step.value))
    } else if (roles[step.value]) {
      found = [...root.querySelectorAll(roles[step.value])].filter(visible).slice(-1) // the one on top
    } else {
      found = [...root.querySelectorAll(step.value)].filter(visible)
    }
    if (!found.length) return { why: 'no ' + (step.by === 'css' ? step.value : step.by + ' “' + step.value + '”') }
    root = found[0]
  }

  const kinds = {
    press: 'a[href],button,summary,input[type=button],input[type=submit],input[type=reset],input[type=checkbox],input[type=radio],' +
      '[role=button],[role=link],[role=menuitem],[role=menuitemcheckbox],[role=menuitemradio],[role=tab],[role=option],[role=switch],[role=checkbox],[role=radio]',
    type: 'input:not([type=hidden]):not([type=checkbox]):not([type=radio]):not([type=button]):not([type=submit]):not([type=reset]):not([type=file]),' +
      'textarea,[contenteditable=""],[contenteditable=true],[role=textbox],[role=searchbox],[role=combobox]:not(select):not(button)',
    choose: 'select', radio: 'input[type=radio],[role=radio],[role=menuitemradio]',
    check: 'input[type=checkbox],input[type=radio],[role=checkbox],[role=switch],[role=menuitemcheckbox]',
    file: 'input[type=file]', combobox: '[role=combobox]:not(select)',
  }
  const plain = s => squash(s).replace(/^\+ /, '').replace(/ ?(\*|\(?[\d.,]+\+?\)?)$/, '').toLowerCase()
  // Of a file field the browser adds to the name what is chosen; its label alone is what people read.
  const names = el => [el.computedName, el.getAttribute('aria-label'), el.placeholder, el.type === 'file' && el.labels[0]?.textContent].map(squash).filter(Boolean)
  // Exactly the name; else without a leading plus, a trailing star or count and without regard to case; a wanted name
  // that ends in … is a beginning.
  const named = (all, wanted) => {
    const w = squash(wanted)
    all = all.filter(el => could(el, plain(w.replace(/…$/, ''))))
    let hit = all.filter(el => names(el).includes(w))
    if (!hit.length) hit = all.filter(el => names(el).some(n => plain(n) === plain(w)))
    if (!hit.length && w.endsWith('…')) hit = all.filter(el => names(el).some(n => n.startsWith(w.slice(0, -1))))
    return hit
  }
  const find = (kind, wanted) => {
    const modal = [...document.querySelectorAll('dialog:modal')].pop()
    let all = [...root.querySelectorAll(kinds[kind])].filter(el => visible(el) && !el.closest('[inert]') && (!modal || modal.contains(el)))
    if (root.matches(kinds[kind])) all.unshift(root)
    let hit = named(all, wanted)
    hit = hit.filter(el => !hit.some(other => other !== el && other.contains(el)))
    if (arg.role) hit = hit.filter(el => el.computedRole === arg.role)
    if (hit.length > 1 && hit[0].href && hit.every(el => el.href === hit[0].href)) hit = hit.slice(0, 1)
    if (hit.length > 1) return { why: hit.length + ' things are named “' + wanted + '”: ' + hit.map(say).join(', ') + '; say in which row or part' }
    if (!hit.length) return { why: 'nothing named “' + wanted + '” to ' + kind + '; there is ' + ([...new Set(all.map(el => squash(words(el)).slice(0, 40)).filter(Boolean))].slice(0, 60).join(' · ') || 'nothing') }
    return { el: hit[0] }
  }

  // Where a mouse would press: scrolled into view, and nothing lying over it.
  const point = el => {
    const at = e => {
      const all = [...e.getClientRects()].filter(r => r.width > 0 && r.height > 0)
      const r = all.length ? all[0] : e.getBoundingClientRect()
      return { x: r.x + r.width / 2, y: r.y + r.height / 2, r }
    }
    let p = at(el)
    const over = () => {
      const hit = document.elementFromPoint(p.x, p.y)
      return { hit, ok: !!hit && (hit === el || el.contains(hit) || (hit.closest('label')?.control === el)) }
    }
    const inside = () => p.r.top >= 0 && p.r.left >= 0 && p.r.bottom <= innerHeight && p.r.right <= innerWidth
    if (!inside() || !over().ok) {
      el.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' })
      p = at(el)
    }
    let top = over()
    if (!top.ok && el.labels?.length) { // a box drawn by its label
      const label = [...el.labels].find(visible)
      if (label) {
        label.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' })
        p = at(label)
        const hit = document.elementFromPoint(p.x, p.y)
        top = { hit, ok: !!hit && label.contains(hit) }
      }
    }
    if (!top.ok) return { why: say(el) + ' is covered by ' + say(top.hit) }
    if (Number(getComputedStyle(el).opacity) === 0 && !el.labels?.length && !el.matches(':hover')) return { why: say(el) + ' is transparent' }
    return { ok: true, x: p.x, y: p.y }
  }
  const checked = el => el.ariaChecked != null && !('checked' in el) ? el.ariaChecked === 'true' : !!el.checked

  switch (op) {
    case 'press': {
      const f = find('press', arg.name)
      if (!f.el) return f
      if (f.el.disabled || f.el.ariaDisabled === 'true') return { why: say(f.el) + ' is disabled' }
      return point(f.el)
    }
    case 'field': {
      const f = find('type', arg.name)
      if (!f.el) return f
      if (f.el.disabled || f.el.readOnly) return { why: say(f.el) + ' cannot be typed into' }
      return { ...point(f.el), kind: /^(date|time|datetime-local|month|week|color|range)$/.test(f.el.type) ? 'set' : 'type' }
    }
    case 'select': { // make the field's text selected, so that typing replaces it
      const f = find('type', arg.name)
      if (!f.el) return f
      if (document.activeElement !== f.el) f.el.focus()
      if (f.el.select) f.el.select()
      else getSelection().selectAllChildren(f.el)
      return { ok: true, empty: !(f.el.value ?? f.el.textContent) }
    }
    case 'set': {
      const f = find('type', arg.name)
      if (!f.el) return f
      f.el.focus()
      f.el.value = arg.value
      f.el.dispatchEvent(new Event('input', { bubbles: true }))
      f.el.dispatchEvent(new Event('change', { bubbles: true }))
      return f.el.value === arg.value ? { ok: true } : { why: say(f.el) + ' does not take “' + arg.value + '”' }
    }
    case 'value': {
      let f = find('type', arg.name)
      if (!f.el) f = find('choose', arg.name)
      if (!f.el) return f
      return { ok: true, text: f.el.localName === 'select' ? squash([...f.el.selectedOptions].map(o => o.label).join(', ')) : f.el.value ?? f.el.textContent }
    }
    case 'choose': { // a native list cannot be driven with the mouse in a headless browser
      const f = find('choose', arg.name)
      if (f.el) {
        if (f.el.disabled) return { why: say(f.el) + ' is disabled' }
        const option = [...f.el.options].find(o => squash(o.label) === squash(arg.option))
        if (!option) return { why: 'no option “' + arg.option + '” in ' + say(f.el) + '; there is ' + [...f.el.options].map(o => squash(o.label)).join(' · ') }
        if (option.disabled) return { why: 'option “' + arg.option + '” is disabled' }
        f.el.focus()
        if (!option.selected) {
          option.selected = true
          f.el.dispatchEvent(new Event('input', { bubbles: true }))
          f.el.dispatchEvent(new Event('change', { bubbles: true }))
        }
        return { ok: true, kind: 'done' }
      }
      const group = [...root.querySelectorAll('fieldset,[role=group],[role=radiogroup]')].find(el => visible(el) && could(el, plain(arg.name)) && names(el).some(n => plain(n) === plain(arg.name)))
      if (group) {
        const box = named([...group.querySelectorAll(kinds.radio)].filter(visible), arg.option)[0]
        if (!box) return { why: 'no choice “' + arg.option + '” in ' + say(group) }
        if (box.disabled) return { why: say(box) + ' is disabled' }
        return { ...point(box), kind: 'press' }
      }
      const c = find('combobox', arg.name)
      if (c.el) return { ...point(c.el), kind: 'open' }
      return f
    }
    case 'check': {
      const f = find('check', arg.name)
      if (!f.el) return f
      if (checked(f.el) === arg.on) return { ok: true, kind: 'done' }
      if (f.el.disabled) return { why: say(f.el) + ' is disabled' }
      return { ...point(f.el), kind: 'press' }
    }
    case 'checked': {
      const f = find('check', arg.name)
      return f.el ? { ok: true, yes: checked(f.el) } : f
    }
    case 'attach': {
      const all = [...root.querySelectorAll(kinds.file)]
      const el = named(all, arg.name)[0]
      if (!el) return { why: 'no file field named “' + arg.name + '”' }
      document.querySelectorAll('[data-e2e-file]').forEach(e => e.removeAttribute('data-e2e-file'))
      el.setAttribute('data-e2e-file', '')
      return { ok: true }
    }
    case 'hover': {
      if (!arg.name) return point(root)
      const f = find('press', arg.name)
      if (f.el) return point(f.el)
      const all = [...root.querySelectorAll('*')].filter(el => visible(el) && contains(el, arg.name))
      const inner = all.filter(el => !all.some(other => other !== el && el.contains(other)))
      return inner.length ? point(inner[0]) : { why: 'no text “' + arg.name + '”' }
    }
    case 'offers': { // is there such a thing to press, and can it be pressed?
      const f = find('press', arg.name)
      return { ok: true, yes: !!f.el && !f.el.disabled && f.el.ariaDisabled !== 'true' }
    }
    case 'see': return contains(root, arg.text) ? { ok: true } : { why: 'not on the page' }
    case 'text': return { ok: true, text: arg.css ? [...root.querySelectorAll(arg.css)].filter(visible).map(text).join('\n') : text(root) }
    case 'count': return { ok: true, n: [...root.querySelectorAll(arg.css)].filter(visible).length }
    case 'attr': {
      const el = [...root.querySelectorAll(arg.css)].find(visible) || root.querySelector(arg.css)
      return el ? { ok: true, text: el.getAttribute(arg.name) ?? '' } : { why: 'no ' + arg.css }
    }
    case 'there': return { ok: true }
    case 'box': {
      root.scrollIntoView({ block: 'nearest', behavior: 'instant' })
      const all = [root, ...root.children].map(el => el.getBoundingClientRect())
      const r = all.find(r => r.width && r.height) || all[0]
      return { ok: true, x: r.x + scrollX, y: r.y + scrollY, w: r.width, h: r.height }
    }
    case 'focus': return { ok: true, text: say(document.activeElement) }
    case 'sideways': {
      const page = document.scrollingElement, wide = page.clientWidth
      if (page.scrollWidth <= wide) return { ok: true }
      const out = [...document.querySelectorAll('body *')].filter(el => visible(el) && el.getBoundingClientRect().right > wide + 0.5)
      return { why: page.scrollWidth + ' px wide in ' + wide + ': ' + out.slice(0, 5).map(say).join(', ') }
    }
  }
  return { why: 'no operation ' + op }
})
