using System.Reflection;
using System.Runtime.CompilerServices;
using Roost.Engine.Graph;

namespace Roost.Tests.Rpc.Remote;

/// <summary>Values of any type that a contract may have, of all sizes and with everything that may be null now and then
/// null: by reflection, and so knowing nothing of what <c>eng/contracts</c> makes of the types.</summary>
internal sealed class RandomValues(int seed)
{
    // So deep may values be within each other; below it nothing is there that need not be.
    private const int DepthMax = 9;

    private static readonly string[] _texts = ["", "a", "é\0\n", "𝄞 owl", new('x', 127), new('y', 300)];
    private static readonly long[] _numbers = [0, 1, -1, 127, 128, 20, 100, 40];

    private readonly Random _random = new(seed);
    private readonly NullabilityInfoContext _nulls = new();
    private readonly HashSet<Type> _made = [];
    private readonly HashSet<string> _filled = [];

    /// <summary>Members of records that were made, as <c>Post.Text</c>, that had nothing in them each time.</summary>
    public IEnumerable<string> Missing => _made
        .SelectMany(type => MembersOf(type).Select(member => $"{type.Name}.{member.Name}")).Except(_filled);

    /// <summary>What a record is told by: all that it can be made of.</summary>
    public static IEnumerable<PropertyInfo> MembersOf(Type type) => type
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.GetIndexParameters().Length == 0)
        .Where(property => IsInit(property) || ConstructorOf(type)?.GetParameters().Any(
            parameter => parameter.Name!.Equals(property.Name, StringComparison.OrdinalIgnoreCase)) is true);

    public object? Of(Type type, NullabilityInfo nullability, int depth = 0)
    {
        if (Nullable.GetUnderlyingType(type) is { } inner)
            return IsLeftOut(depth) ? null : Something(inner, nullability, depth);
        var mayBeNull = !type.IsValueType && nullability.ReadState == NullabilityState.Nullable;
        return mayBeNull && IsLeftOut(depth) ? null : Something(type, nullability, depth);
    }

    private bool IsLeftOut(int depth) => depth >= DepthMax || _random.Next(3) == 0;

    private object Something(Type type, NullabilityInfo nullability, int depth)
    {
        if (type == typeof(string)) return _texts[_random.Next(_texts.Length)];
        if (type == typeof(bool)) return _random.Next(2) == 0;
        if (type.IsEnum) return EnumOf(type);
        if (type.IsPrimitive) return NumberOf(type);
        if (type == typeof(DateTimeOffset))
            return new DateTimeOffset(_random.NextInt64(DateTimeOffset.MaxValue.Ticks), TimeSpan.Zero);
        if (type == typeof(TimeSpan)) return _random.Next(3) == 0 ? default : new TimeSpan(_random.NextInt64() >> 8);
        if (type == typeof(DateOnly)) return DateOnly.FromDayNumber(_random.Next(DateOnly.MaxValue.DayNumber));
        if (type == typeof(SortedIds)) return IdsOf();
        if (type == typeof(byte[]) || type == typeof(ReadOnlyMemory<byte>)) return BytesOf(type);
        if (type.IsArray) return ListOf(type.GetElementType()!, nullability.ElementType!, depth);
        if (type.IsGenericType) return GenericOf(type, nullability, depth);
        return RecordOf(type, depth);
    }

    private object GenericOf(Type type, NullabilityInfo nullability, int depth)
    {
        var (arguments, nulls) = (type.GenericTypeArguments, nullability.GenericTypeArguments);
        if (typeof(ITuple).IsAssignableFrom(type))
        {
            return Activator.CreateInstance(
                type, [.. arguments.Select((argument, i) => Of(argument, nulls[i], depth + 1))])!;
        }
        if (type.GetGenericTypeDefinition() == typeof(IReadOnlyDictionary<,>))
        {
            var map = Activator.CreateInstance(typeof(Dictionary<,>).MakeGenericType(arguments))!;
            var set = map.GetType().GetProperty("Item")!;
            for (var left = CountOf(depth); left > 0; left--)
                set.SetValue(map, Of(arguments[1], nulls[1], depth + 1), [Something(arguments[0], nulls[0], depth + 1)]);
            return map;
        }
        var list = ListOf(arguments[0], nulls[0], depth);
        return type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>) ? Activator.CreateInstance(type, list)! : list;
    }

    private Array ListOf(Type element, NullabilityInfo nulls, int depth)
    {
        var list = Array.CreateInstance(element, CountOf(depth));
        for (var i = 0; i < list.Length; i++) list.SetValue(Of(element, nulls, depth + 1), i);
        return list;
    }

    private object RecordOf(Type type, int depth)
    {
        var constructor = ConstructorOf(type);
        var members = MembersOf(type).ToArray();
        var values = members.ToDictionary(
            member => member.Name, member => Of(member.PropertyType, _nulls.Create(member), depth + 1),
            StringComparer.OrdinalIgnoreCase);
        var made = constructor is null
            ? RuntimeHelpers.GetUninitializedObject(type)
            : constructor.Invoke([.. constructor.GetParameters().Select(p => values.GetValueOrDefault(p.Name!))]);
        _made.Add(type);
        foreach (var member in members)
        {
            if (IsInit(member)) member.SetValue(made, values[member.Name]);
            var isFilled = Nullable.GetUnderlyingType(member.PropertyType) is null
                ? !IsNothing(values[member.Name])
                : values[member.Name] is not null;
            if (isFilled) _filled.Add($"{type.Name}.{member.Name}");
        }
        return made;
    }

    private object EnumOf(Type type)
    {
        var values = Enum.GetValuesAsUnderlyingType(type);
        return Enum.ToObject(type, values.GetValue(_random.Next(values.Length))!);
    }

    private object NumberOf(Type type)
    {
        if (type == typeof(double)) return _random.Next(3) == 0 ? 0.0 : _random.NextDouble() - 0.5;
        var number = _random.Next(2) == 0 ? _numbers[_random.Next(_numbers.Length)] : _random.NextInt64() - (1L << 62);
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Int32 => (int)number,
            TypeCode.UInt32 => (uint)number,
            TypeCode.Int64 => number,
            TypeCode.UInt64 => (ulong)number,
            TypeCode.Int16 => (short)number,
            TypeCode.Byte => (byte)number,
            _ => throw new NotSupportedException($"{type}: say here what values it has."),
        };
    }

    private SortedIds IdsOf()
    {
        var ids = Enumerable.Range(0, _random.Next(4) * _random.Next(600)).Select(_ => _random.Next(1, 1 << 20));
        return SortedIds.FromSorted([.. ids.Distinct().Order()]);
    }

    private object BytesOf(Type type)
    {
        var bytes = new byte[_random.Next(3) * _random.Next(100)];
        _random.NextBytes(bytes);
        return type == typeof(byte[]) ? bytes : new ReadOnlyMemory<byte>(bytes);
    }

    private int CountOf(int depth) => depth >= DepthMax ? 0 : _random.Next(3);

    private static bool IsNothing(object? value) => value switch
    {
        null => true,
        string text => text.Length == 0,
        System.Collections.ICollection list => list.Count == 0,
        ReadOnlyMemory<byte> bytes => bytes.IsEmpty,
        SortedIds ids => ids.Count == 0,
        ValueType => value.Equals(RuntimeHelpers.GetUninitializedObject(value.GetType())),
        _ => false,
    };

    private static bool IsInit(PropertyInfo property) => property.SetMethod is { IsPublic: true } set
        && set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    // The one with most, not a record's copy constructor; structs without members have none.
    private static ConstructorInfo? ConstructorOf(Type type) => type.GetConstructors()
        .Where(one => one.GetParameters() is not [var only] || only.ParameterType != type)
        .MaxBy(one => one.GetParameters().Length);
}
