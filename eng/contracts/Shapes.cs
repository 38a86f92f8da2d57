namespace Roost.Contracts;

/// <summary>How a value lies in a message.</summary>
internal enum Kind { Number, Flag, Real, Text, Blob, Time, Span, Enum, Message }

/// <summary>A value's type: what it is in C#, and what it is on the wire.</summary>
/// <param name="ProtoType">A scalar's name, or an enum's or message's.</param>
/// <param name="Wrapped">An id and the like: C# type of the number inside; else null.</param>
/// <param name="Teller">Of an enum: the contract that has it.</param>
internal sealed record ValueShape(
    Type Type, Kind Kind, string ProtoType, Type? Wrapped = null, MessageShape? Message = null,
    ContractModel? Teller = null)
{
    /// <summary>The contract that has the type, when it is an enum or a message; else null.</summary>
    public ContractModel? Owner => Message?.Owner ?? Teller;

    /// <summary>The type's name as it is written in a contract.</summary>
    public string ProtoIn(ContractModel model) =>
        Owner is null || Owner == model ? ProtoType : $"{Owner.Package}.{ProtoType}";
}

/// <param name="Member">The record's member.</param>
/// <param name="Default">C# for the value that an absent field has, when it is not the type's zero.</param>
internal sealed record FieldShape(
    string Member, string Name, int Number, ValueShape Value, bool IsList, bool IsOptional, string? Default,
    string ListType);

/// <summary>A message: of a record, a tuple, or one that boxes a value which is no message.</summary>
internal sealed class MessageShape(ContractModel owner, string name, string csharp)
{
    public ContractModel Owner => owner;
    public string Name => name;
    public string CSharp => csharp;
    public List<FieldShape> Fields { get; } = [];
    /// <summary>Members that the constructor takes, in order; the others are set.</summary>
    public List<string> Constructor { get; } = [];
    public bool IsTuple { get; init; }
    /// <summary>Whether the one field is the value itself.</summary>
    public bool IsBox { get; init; }
    public bool IsValueType { get; init; }
    /// <summary>Whether other contracts have it in theirs.</summary>
    public bool IsShared { get; set; }
}

internal sealed record FunctionShape(
    string Name, string MetricName, MessageShape Request, MessageShape Reply, bool IsRead);

/// <param name="Given">Members of the record that are no functions of the contract: who connects hands them in.</param>
internal sealed record ServiceShape(
    string Name, Type Api, IReadOnlyList<FunctionShape> Functions, IReadOnlyList<GivenShape> Given);

/// <param name="Types">That its C# names.</param>
internal sealed record GivenShape(string Name, string CSharp, IReadOnlyList<Type> Types);
