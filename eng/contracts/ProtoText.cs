using System.Globalization;
using System.Text;

namespace Roost.Contracts;

/// <summary>A contract as a <c>.proto</c> file.</summary>
internal sealed class ProtoText
{
    private readonly StringBuilder _text = new();

    public ProtoText(ContractModel model)
    {
        Line($"// The {model.Folder} service. Made by eng/contracts from the records of its …Api.cs, which tell what");
        Line("// things mean; numbers are kept here. Members that are absent have their type's zero, or are null.");
        Line("syntax = \"proto3\";");
        Line("");
        Line($"package {model.Package};");
        Line("");
        foreach (var import in model.Imports) Line($"import \"{import}\";");
        foreach (var service in model.Services) Service(model, service);
        foreach (var message in model.Messages) Message(model, message);
        foreach (var type in model.Enums) Enum(type);
    }

    public override string ToString() => _text.ToString();

    private void Service(ContractModel model, ServiceShape service)
    {
        Line("");
        Line($"service {model.NameOf(service)} {{");
        foreach (var function in service.Functions)
        {
            var line = $"  rpc {function.Name}({Full(function.Request)}) returns ({Full(function.Reply)})";
            Line(function.IsRead ? line + " { option idempotency_level = NO_SIDE_EFFECTS; }" : line + ";");
        }
        Line("}");

        // Within a service the names of its functions hide messages of the same name.
        string Full(MessageShape message) =>
            message.Owner != model || service.Functions.Any(function => function.Name == message.Name)
                ? $"{message.Owner.Package}.{message.Name}"
                : message.Name;
    }

    private void Message(ContractModel model, MessageShape message)
    {
        Line("");
        Line($"message {message.Name} {{");
        var reserved = model.Reserved(message).ToArray();
        if (reserved.Length > 0) Line($"  reserved {string.Join(", ", reserved)};");
        foreach (var field in message.Fields)
        {
            var label = field.IsList ? "repeated "
                : field.IsOptional && field.Value.Kind != Kind.Message ? "optional "
                : "";
            Line($"  {label}{field.Value.ProtoIn(model)} {field.Name} = {field.Number};"
                + (field.Default is { } value ? $" // absent: {value}" : ""));
        }
        Line("}");
    }

    private void Enum(Type type)
    {
        Line("");
        Line($"enum {type.Name} {{");
        foreach (var (name, number) in ValuesOf(type)) Line($"  {name} = {number};");
        Line("}");
    }

    /// <summary>Enum values share a scope with all of the file, so each carries its enum's name. What an absent one is
    /// must have a name, too.</summary>
    public static IReadOnlyList<(string Name, int Number)> ValuesOf(Type type)
    {
        (string Value, int Number)[] values =
        [
            .. System.Enum.GetValues(type).Cast<object>()
                .Select(value => (value.ToString()!, Convert.ToInt32(value, CultureInfo.InvariantCulture))),
        ];
        if (values.All(value => value.Number != 0)) values = [("Unspecified", 0), .. values];
        var prefix = ContractModel.Snake(type.Name);
        return
        [
            .. from value in values
               select ($"{prefix}_{ContractModel.Snake(value.Value)}".ToUpperInvariant(), value.Number),
        ];
    }

    private void Line(string line) => _text.Append(line).Append('\n');
}
