import ts from "typescript";

const { factory } = ts;

/** Turns the declarators of a `var` into one expression that assigns them; none where nothing has a value. */
export function toAssignments(list: ts.VariableDeclarationList): ts.Expression | undefined {
  const assigned = list.declarations.flatMap(({ name, initializer }) => initializer ? [assign(name, initializer)] : []);
  return assigned.length > 1 ? factory.createCommaListExpression(assigned) : assigned[0];
}

/** Turns a name or pattern that is declared into the same one that is assigned to. */
export function toTarget(name: ts.BindingName): ts.Expression {
  if (ts.isIdentifier(name)) return name;
  const made = ts.isObjectBindingPattern(name)
    ? factory.createObjectLiteralExpression(name.elements.map(property))
    : factory.createArrayLiteralExpression(name.elements.map(item));
  return ts.setTextRange(made, name);
}

function assign(name: ts.BindingName, value: ts.Expression): ts.Expression {
  const made = ts.setTextRange(factory.createAssignment(toTarget(name), value), name.parent);
  // A statement that begins with a brace would be a block.
  return ts.isObjectBindingPattern(name) ? factory.createParenthesizedExpression(made) : made;
}

function property(element: ts.BindingElement): ts.ObjectLiteralElementLike {
  const { name, propertyName, initializer } = element;
  if (element.dotDotDotToken) return factory.createSpreadAssignment(toTarget(name));
  if (!propertyName && ts.isIdentifier(name)) return factory.createShorthandPropertyAssignment(name, initializer);
  return factory.createPropertyAssignment(propertyName!, withDefault(toTarget(name), initializer));
}

function item(element: ts.ArrayBindingElement): ts.Expression {
  if (ts.isOmittedExpression(element)) return element;
  if (element.dotDotDotToken) return factory.createSpreadElement(toTarget(element.name));
  return withDefault(toTarget(element.name), element.initializer);
}

function withDefault(target: ts.Expression, value: ts.Expression | undefined): ts.Expression {
  return value ? factory.createAssignment(target, value) : target;
}
