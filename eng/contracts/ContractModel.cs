using System.Reflection;
using System.Runtime.CompilerServices;

namespace Roost.Contracts;

/// <summary>All that a contract has, found by walking from the functions.</summary>
internal sealed class ContractModel
{
    // How requests begin that change nothing and wait for nothing, and the others of that kind.
    private static readonly string[] _reads = ["Get", "Find", "Count", "List", "Look", "Search"];
    private static readonly HashSet<string> _otherReads =
    [
        "ShowPosts", "OutlinePosts", "ReadPosts", "NewestPosts", "LocatePost", "ReadVersions", "HomeTimeline",
        "PublicTimeline", "AccountTimeline", "HydratePosts", "HydrateAccounts",
    ];

    private const string IdSet = "SortedIds";

    private readonly NullabilityInfoContext _nulls = new();
    private readonly Func<Type, ContractModel> _ownerOf;
    private readonly FieldNumbers _numbers;
    private readonly Dictionary<string, MessageShape> _byName = [];

    /// <param name="ownerOf">The contract that a record or an enum is told of in.</param>
    public ContractModel(string folder, Func<Type, ContractModel> ownerOf, FieldNumbers numbers) =>
        (Folder, _ownerOf, _numbers) = (folder, ownerOf, numbers);

    public string Folder { get; }
    public string Namespace => "Roost.Services." + Folder;
    public string Package => $"roost.{Folder.ToLowerInvariant()}.v1";

    /// <summary>As other files import it, from <c>src/Roost.Services</c>.</summary>
    public string File => $"{Folder}/{Folder.ToLowerInvariant()}.proto";

    public List<ServiceShape> Services { get; } = [];
    public List<MessageShape> Messages { get; } = [];
    public List<Type> Enums { get; } = [];

    /// <summary>Takes in a record of functions, with all that they take and give.</summary>
    /// <param name="given">Functions that stay in a process, as <c>PostsApi.Texts</c>.</param>
    public void Add(Type api, string[] given)
    {
        var name = api.Name[..^"Api".Length];
        var isRemote = api.GetConstructors()[0].GetParameters().ToLookup(
            p => p.ParameterType.Name == "Service`2" && !given.Contains($"{api.Name}.{p.Name}"));
        Services.Add(new(
            name, api, [.. isRemote[true].Select(p => Function(name, p))], [.. isRemote[false].Select(Given)]));
    }

    public IEnumerable<int> Reserved(MessageShape message) =>
        _numbers.Reserved(message.Name, message.Fields.Select(field => field.Number));

    /// <summary>In the contract, where services and messages share one scope.</summary>
    public string NameOf(ServiceShape service) =>
        _byName.ContainsKey(service.Name) ? service.Name + "Service" : service.Name;

    /// <summary>Other files that are named, in order.</summary>
    public IEnumerable<string> Imports => Messages.SelectMany(message => message.Fields)
        .Select(one => one.Value.Kind switch
        {
            Kind.Time => "google/protobuf/timestamp.proto",
            Kind.Span => "google/protobuf/duration.proto",
            _ => "",
        })
        .Where(import => import.Length > 0).Concat(Others.Select(other => other.File))
        .Distinct().Order(StringComparer.Ordinal);

    /// <summary>Contracts that tell of some of its messages' parts, in order.</summary>
    public IEnumerable<ContractModel> Others => Messages.SelectMany(message => message.Fields)
        .Select(member => member.Value.Owner)
        .Concat(Services.SelectMany(service => service.Functions)
            .SelectMany(function => new[] { function.Request.Owner, function.Reply.Owner }))
        .OfType<ContractModel>().Where(owner => owner != this).Distinct()
        .OrderBy(owner => owner.Folder, StringComparer.Ordinal);

    public static string Snake(string name) => string.Concat(name.Select((letter, i) =>
        (char.IsUpper(letter) && i > 0 ? "_" : "") + char.ToLowerInvariant(letter)));

    private GivenShape Given(ParameterInfo parameter) => new(
        parameter.Name!, CSharp(parameter.ParameterType, _nulls.Create(parameter)),
        [parameter.ParameterType, .. parameter.ParameterType.GenericTypeArguments]);

    private FunctionShape Function(string service, ParameterInfo parameter)
    {
        var types = parameter.ParameterType.GenericTypeArguments;
        var (request, reply) = (types[0], types[1]);
        var nullability = _nulls.Create(parameter).GenericTypeArguments[1];
        var name = parameter.Name!;
        // Named by the service alone where it is the folder's first; as metrics name it within the process.
        var metric = $"{Snake(Folder)}.{(service == Folder ? "" : Snake(service) + "_")}{Snake(name)}";
        return new(
            name, metric, MessageOf(request),
            ReplyOf($"{(service == Folder ? "" : service)}{name}Reply", reply, nullability),
            _otherReads.Contains(request.Name)
                || _reads.Any(read => request.Name.StartsWith(read, StringComparison.Ordinal)));
    }

    private MessageShape ReplyOf(string name, Type type, NullabilityInfo nullability)
    {
        var isNullable = nullability.ReadState == NullabilityState.Nullable
            || Nullable.GetUnderlyingType(type) is not null;
        if (IsRecord(type) && !isNullable && Inside(type) is null) return MessageOf(type);
        return Box(name, type, nullability);
    }

    private MessageShape Box(string name, Type type, NullabilityInfo nullability)
    {
        if (_byName.TryGetValue(name, out var known)) return known;
        var box = new MessageShape(this, name, CSharp(type, nullability))
        {
            IsBox = true,
            IsValueType = type.IsValueType,
        };
        Add(box);
        // A list that may be null is in a message of its own.
        var isList = ElementOf(type) is not null && nullability.ReadState != NullabilityState.Nullable;
        box.Fields.Add(Field(box, isList ? "Items" : "Value", type, nullability, null));
        return box;
    }

    private MessageShape MessageOf(Type type)
    {
        if (_ownerOf(type) is var owner && owner != this)
        {
            var shared = owner.MessageOf(type);
            shared.IsShared = true;
            return shared;
        }
        if (_byName.TryGetValue(type.Name, out var known)) return known;
        if (type.Name == IdSet) return IdsOf(type);
        var message = new MessageShape(this, type.Name, type.Name) { IsValueType = type.IsValueType };
        Add(message);
        var parameters = MainConstructor(type)?.GetParameters() ?? [];
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance);
        var sample = Sample(type, parameters);
        foreach (var property in properties)
        {
            if (property.GetCustomAttribute<TupleElementNamesAttribute>() is { } tuple)
                _tuples[(message.Name, property.Name)] = [.. tuple.TransformNames.Select(name => name!)];
        }
        foreach (var parameter in parameters)
        {
            // What is no member, as an exception's inner one, is not told; it comes last and may be missing.
            var property = properties.SingleOrDefault(
                p => p.Name.Equals(parameter.Name, StringComparison.OrdinalIgnoreCase));
            if (property is null && parameter.HasDefaultValue) break;
            if (property is null) throw new NotSupportedException($"{type}: {parameter.Name} is no member of it.");
            message.Constructor.Add(property.Name);
            var value = parameter.HasDefaultValue ? parameter.DefaultValue : null;
            message.Fields.Add(Field(message, property.Name, property.PropertyType, _nulls.Create(property), value));
        }
        foreach (var property in properties.Where(p => IsInit(p) && !message.Constructor.Contains(p.Name)))
        {
            var value = sample is null ? null : property.GetValue(sample);
            message.Fields.Add(Field(message, property.Name, property.PropertyType, _nulls.Create(property), value));
        }
        return message;
    }

    /// <summary>A set of ids: a message, for it may be missing or one of many, around a packed list.</summary>
    private MessageShape IdsOf(Type type)
    {
        var box = new MessageShape(this, IdSet, IdSet) { IsBox = true, IsValueType = true };
        Add(box);
        var id = new ValueShape(typeof(int), Kind.Number, "int32");
        box.Fields.Add(new("Ids", "ids", _numbers.Of(IdSet, "ids"), id, true, false, null, type.Name));
        return box;
    }

    private FieldShape Field(MessageShape owner, string member, Type type, NullabilityInfo nullability, object? initial)
    {
        var name = Snake(member);
        var number = _numbers.Of(owner.Name, name);
        var inner = Nullable.GetUnderlyingType(type);
        var isNullable = inner is not null || nullability.ReadState == NullabilityState.Nullable;
        type = inner ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var entry = Entry(owner, member, type, nullability);
            var csharp = CSharp(type, nullability)["IReadOnly".Length..];
            return new(member, name, number, Boxed(entry, type), true, false, null, csharp);
        }
        if (ElementOf(type) is { } element && !IsBlob(type))
        {
            var elements = type.IsArray ? nullability.ElementType! : nullability.GenericTypeArguments[0];
            if (isNullable)
            {
                var list = ListBox($"{owner.Name}{member}List", owner, member, type, nullability);
                return new(member, name, number, Boxed(list, type), false, true, null, "");
            }
            var item = ElementOf(element) is not null && !IsBlob(element)
                ? Boxed(ListBox($"{owner.Name}{member.TrimEnd('s')}List", owner, member, element, elements), element)
                : Element(owner, member, element, elements, nullability);
            return new(member, name, number, item, true, false, null, CSharp(type, nullability));
        }
        var value = Value(owner, member, type);
        var constant = isNullable || value.Kind == Kind.Message ? null : Constant(initial);
        return new(member, name, number, value, false, isNullable || constant is not null, constant, "");
    }

    private ValueShape Element(
        MessageShape owner, string member, Type element, NullabilityInfo elements, NullabilityInfo list) =>
        elements.ReadState == NullabilityState.Nullable
                ? Boxed(Box("Maybe" + element.Name, element, elements), element)
                : element.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal)
                    ? Tuple(owner, member, element, list)
                    : Value(owner, member, element);

    /// <summary>A message around a list, which by itself could not be null.</summary>
    private MessageShape ListBox(string name, MessageShape owner, string member, Type type, NullabilityInfo nullability)
    {
        var box = new MessageShape(this, name, CSharp(type, nullability).TrimEnd('?')) { IsBox = true };
        Add(box);
        var (element, elements) = type.IsArray
            ? (type.GetElementType()!, nullability.ElementType!)
            : (type.GenericTypeArguments[0], nullability.GenericTypeArguments[0]);
        box.Fields.Add(new(
            "Items", "items", _numbers.Of(name, "items"), Element(owner, member, element, elements, nullability), true,
            false, null, box.CSharp));
        return box;
    }

    /// <summary>As Protocol Buffers has maps: a list of entries.</summary>
    private MessageShape Entry(MessageShape owner, string member, Type type, NullabilityInfo nullability)
    {
        var (key, value) = (type.GenericTypeArguments[0], type.GenericTypeArguments[1]);
        var csharp = CSharp(type, nullability);
        var entry = new MessageShape(
            this, owner.Name + member + "Entry", "KeyValuePair" + csharp[csharp.IndexOf('<')..]) { IsValueType = true };
        Add(entry);
        entry.Constructor.AddRange(["Key", "Value"]);
        entry.Fields.Add(Field(entry, "Key", key, nullability.GenericTypeArguments[0], null));
        entry.Fields.Add(Field(entry, "Value", value, nullability.GenericTypeArguments[1], null));
        return entry;
    }

    private static ValueShape Boxed(MessageShape box, Type type) => new(type, Kind.Message, box.Name, Message: box);

    private ValueShape Tuple(MessageShape owner, string member, Type type, NullabilityInfo list)
    {
        var property = owner.IsBox ? null : _tuples.GetValueOrDefault((owner.Name, member));
        var names = property ?? [.. type.GetFields().Select(field => field.Name)];
        var name = owner.Name + member.TrimEnd('s') + "Item";
        var items = list.GenericTypeArguments[0];
        var tuple = new MessageShape(this, name, CSharp(type, items)) { IsTuple = true, IsValueType = true };
        Add(tuple);
        var fields = type.GetFields();
        for (var i = 0; i < fields.Length; i++)
        {
            var field = Field(tuple, names[i], fields[i].FieldType, items.GenericTypeArguments[i], null);
            tuple.Fields.Add(field with { Member = fields[i].Name });
        }
        return new(type, Kind.Message, name, Message: tuple);
    }

    private readonly Dictionary<(string Owner, string Member), string[]> _tuples = [];

    private ValueShape Value(MessageShape owner, string member, Type type)
    {
        if (type == typeof(string)) return new(type, Kind.Text, "string");
        if (type == typeof(bool)) return new(type, Kind.Flag, "bool");
        if (type == typeof(long) || type == typeof(ulong) || type == typeof(uint))
            return new(type, Kind.Number, "int64");
        if (type == typeof(int) || type == typeof(short) || type == typeof(byte))
            return new(type, Kind.Number, "int32");
        if (type == typeof(double) || type == typeof(float)) return new(type, Kind.Real, "double");
        if (IsBlob(type)) return new(type, Kind.Blob, "bytes");
        if (type == typeof(DateTimeOffset)) return new(type, Kind.Time, "google.protobuf.Timestamp");
        if (type == typeof(TimeSpan)) return new(type, Kind.Span, "google.protobuf.Duration");
        if (type == typeof(DateOnly)) return new(type, Kind.Number, "int32");
        if (type.IsEnum)
        {
            var teller = _ownerOf(type);
            if (!teller.Enums.Contains(type)) teller.Enums.Add(type);
            return new(type, Kind.Enum, type.Name, Teller: teller);
        }
        if (Inside(type) is { } inside)
            return new(type, Kind.Number, inside == typeof(long) ? "int64" : "int32", inside);
        if (IsRecord(type)) return new(type, Kind.Message, type.Name, Message: MessageOf(type));
        throw new NotSupportedException(
            $"{owner.Name}.{member}: {type} has no form in a contract; teach eng/contracts.");
    }

    /// <summary>Of an id and the like, the type of the number that it is; else null.</summary>
    private static Type? Inside(Type type) =>
        type.IsValueType && MainConstructor(type)?.GetParameters() is [{ Name: "Value" } only]
            && only.ParameterType.IsPrimitive ? only.ParameterType : null;

    private void Add(MessageShape message)
    {
        if (!_byName.TryAdd(message.Name, message))
            throw new NotSupportedException($"Two messages of {Folder} would be named {message.Name}.");
        Messages.Add(message);
    }

    private static string CSharp(Type type, NullabilityInfo nullability)
    {
        var mark = !type.IsValueType && nullability.ReadState == NullabilityState.Nullable ? "?" : "";
        if (Nullable.GetUnderlyingType(type) is { } inner) return Keyword(inner) + "?";
        if (type.IsArray) return CSharp(type.GetElementType()!, nullability.ElementType!) + "[]" + mark;
        if (!type.IsGenericType) return Keyword(type) + mark;
        var arguments = type.GenericTypeArguments.Select((t, i) => CSharp(t, nullability.GenericTypeArguments[i]));
        if (type.FullName!.StartsWith("System.ValueTuple", StringComparison.Ordinal))
            return $"({string.Join(", ", arguments)})";
        return $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", arguments)}>{mark}";
    }

    public static string Keyword(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => type.Name,
        TypeCode.String => "string",
        TypeCode.Boolean => "bool",
        TypeCode.Int32 => "int",
        TypeCode.Int64 => "long",
        TypeCode.UInt64 => "ulong",
        TypeCode.UInt32 => "uint",
        TypeCode.Int16 => "short",
        TypeCode.Byte => "byte",
        TypeCode.Double => "double",
        TypeCode.Single => "float",
        _ when type == typeof(byte[]) => "byte[]",
        _ => type == typeof(ReadOnlyMemory<byte>) ? "ReadOnlyMemory<byte>" : type.Name,
    };

    private static string? Constant(object? value) => value switch
    {
        true => "true",
        string { Length: > 0 } text => $"\"{text}\"",
        Enum named when Convert.ToInt64(named) != 0 && Enum.IsDefined(named.GetType(), named) =>
            $"{named.GetType().Name}.{named}",
        int and not 0 or long and not 0L => FormattableString.Invariant($"{value}"),
        _ => null,
    };

    /// <summary>One made of nothing, to see what its other members are then; null where it cannot be made.</summary>
    private static object? Sample(Type type, ParameterInfo[] parameters)
    {
        try
        {
            return Activator.CreateInstance(
                type,
                [.. parameters.Select(p => p.ParameterType).Select(
                    t => t.IsValueType ? Activator.CreateInstance(t) : null)]);
        }
        catch (TargetInvocationException)
        {
            return null;
        }
    }

    private static Type? ElementOf(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
            || type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>)) ? type.GenericTypeArguments[0]
        : null;

    private static bool IsBlob(Type type) => type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>);

    private static bool IsRecord(Type type) =>
        type.Namespace?.StartsWith("Roost.", StringComparison.Ordinal) == true && !type.IsEnum && !type.IsArray;

    private static bool IsInit(PropertyInfo property) =>
        property.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true;

    // A record's copy constructor is not it.
    private static ConstructorInfo? MainConstructor(Type type) => type.GetConstructors()
        .Where(c => c.GetParameters() is not [var one] || one.ParameterType != type)
        .MaxBy(c => c.GetParameters().Length);
}
