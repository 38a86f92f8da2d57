using System.Globalization;
using System.Text;
using Roost.Engine.Ids;

namespace Roost.Services.Timelines.Redis;

/// <summary>
/// The names of what is kept. Inboxes are in 64 groups, each of which lies in one slot of a cluster, so that an inbox
/// and what is known of its group are read as of one moment; the slots are spread evenly over all.
/// <code>
///   {roost:17}m      the group's mark: up to where everything is in its inboxes   see <see cref="InboxMark"/>
///   {roost:17}g      accounts whose posts are merged in at read                    list
///   {roost:17}e42    account 42's inbox: seqs, the newest first, then a 0          list
///   {roost:17}h42    its head: whom it was made for, from where it is complete     see <see cref="InboxHeader"/>
/// </code>
/// </summary>
internal sealed class InboxKeys
{
    /// <summary>Of groups. A server can have no less than one: beyond 64 masters some have no inbox.</summary>
    public const int Groups = 64;

    private const int Slots = 16_384;

    private readonly string[] _tags = new string[Groups];
    private readonly int[] _slots = new int[Groups];
    private readonly byte[][] _entries;
    private readonly byte[][] _heads;

    public InboxKeys(string network)
    {
        // The first name that falls into each 64th of the slots.
        for (var (number, found) = (0, 0); found < Groups; number++)
        {
            var tag = string.Create(CultureInfo.InvariantCulture, $"{network}:{number}");
            var slot = SlotOf(tag);
            var group = slot / (Slots / Groups);
            if (_tags[group] is not null)
                continue;
            (_tags[group], _slots[group]) = (tag, slot);
            found++;
        }
        _entries = Array.ConvertAll(_tags, tag => Encoding.UTF8.GetBytes($"{{{tag}}}e"));
        _heads = Array.ConvertAll(_tags, tag => Encoding.UTF8.GetBytes($"{{{tag}}}h"));
    }

    public static int GroupOf(AccountId account) => account.Value % Groups;

    public int Slot(int group) => _slots[group];

    public string Mark(int group) => $"{{{_tags[group]}}}m";

    public string Giants(int group) => $"{{{_tags[group]}}}g";

    /// <summary>What the names of a group's lists begin with; the account follows.</summary>
    public ReadOnlySpan<byte> Entries(int group) => _entries[group];

    /// <summary>What the names of a group's heads begin with; the account follows.</summary>
    public ReadOnlySpan<byte> Heads(int group) => _heads[group];

    /// <summary>The slot of a cluster that a name or the braced part of one falls into: CRC-16/XMODEM, as the
    /// specification of Redis Cluster has it.</summary>
    internal static int SlotOf(string tag)
    {
        const int Polynomial = 0x1021;
        var crc = 0;
        foreach (var one in Encoding.UTF8.GetBytes(tag))
        {
            crc ^= one << 8;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
        }
        return (crc & 0xFFFF) % Slots;
    }
}
