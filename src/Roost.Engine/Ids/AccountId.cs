using System.Globalization;

namespace Roost.Engine.Ids;

/// <summary>
/// An account: 1, 2, 3, … in the order of registration, without gaps, so that the graph and the inboxes index arrays by
/// it.
/// 0 (<c>default</c>) is nobody. In JSON it is the decimal number as a string.
/// </summary>
public readonly record struct AccountId(int Value) : IComparable<AccountId>
{
    public bool IsNone => Value == 0;

    public int CompareTo(AccountId other) => Value.CompareTo(other.Value);

    public static bool operator <(AccountId left, AccountId right) => left.Value < right.Value;
    public static bool operator >(AccountId left, AccountId right) => left.Value > right.Value;
    public static bool operator <=(AccountId left, AccountId right) => left.Value <= right.Value;
    public static bool operator >=(AccountId left, AccountId right) => left.Value >= right.Value;

    /// <summary>Reads 1 to 2,147,483,647 in plain decimal digits, nothing else.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out AccountId id)
    {
        var ok = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = new AccountId(ok ? value : 0);
        return ok;
    }

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}
