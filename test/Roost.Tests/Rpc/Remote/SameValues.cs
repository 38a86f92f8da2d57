using System.Collections;
using System.Runtime.CompilerServices;
using Roost.Engine.Graph;
using Xunit;

namespace Roost.Tests.Rpc.Remote;

/// <summary>Whether two values say the same, member by member, whatever their types' own equality is.</summary>
internal static class SameValues
{
    /// <param name="place">What the values are, for the failure.</param>
    public static void AreSame(object? expected, object? actual, string place)
    {
        if (expected is null || actual is null)
        {
            if (expected is not null) Assert.Fail($"{place}: {expected.GetType()} became null.");
            if (actual is not null) Assert.Fail($"{place}: null became {actual.GetType()}.");
            return;
        }
        switch (expected)
        {
            case SortedIds ids:
                Assert.True(ids.SetEquals((SortedIds)actual), place);
                break;
            case string or ValueType when IsPlain(expected.GetType()):
                if (!expected.Equals(actual)) Assert.Fail($"{place}: {expected} became {actual}.");
                break;
            case ITuple tuple:
                for (var i = 0; i < tuple.Length; i++) AreSame(tuple[i], ((ITuple)actual)[i], $"{place}.{i}");
                break;
            case IDictionary map:
                Assert.True(map.Count == ((IDictionary)actual).Count, place);
                foreach (var key in map.Keys) AreSame(map[key], ((IDictionary)actual)[key], $"{place}[{key}]");
                break;
            case IEnumerable list:
                AreSameLists(list, (IEnumerable)actual, place);
                break;
            default:
                AreSameRecords(expected, actual, place);
                break;
        }
    }

    private static void AreSameLists(IEnumerable expected, IEnumerable actual, string place)
    {
        object?[] items = [.. expected.Cast<object?>()], others = [.. actual.Cast<object?>()];
        if (items.Length != others.Length) Assert.Fail($"{place}: {items.Length} became {others.Length}.");
        for (var i = 0; i < items.Length; i++) AreSame(items[i], others[i], $"{place}[{i}]");
    }

    private static void AreSameRecords(object expected, object actual, string place)
    {
        Assert.True(expected.GetType() == actual.GetType(), place);
        if (expected.GetType() is { IsGenericType: true } type
            && type.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>))
        {
            var toArray = type.GetMethod("ToArray")!;
            AreSame(toArray.Invoke(expected, null), toArray.Invoke(actual, null), place);
            return;
        }
        foreach (var member in RandomValues.MembersOf(expected.GetType()))
            AreSame(member.GetValue(expected), member.GetValue(actual), $"{place}.{member.Name}");
    }

    private static bool IsPlain(Type type) => type == typeof(string) || type.IsPrimitive || type.IsEnum
        || type == typeof(DateTimeOffset) || type == typeof(TimeSpan) || type == typeof(DateOnly);
}
