using System.Globalization;
using System.Text.Json.Serialization;
using Roost.Services.Collections;
using Roost.Services.Users;

namespace Roost.Web.Moderation;

/// <summary>What a role lets one do; the bits that clients know.</summary>
[Flags]
internal enum Permissions : long
{
    None = 0,
    /// <summary>Everything.</summary>
    Administrator = 1 << 0,
    ViewAuditLog = 1 << 2,
    ViewDashboard = 1 << 3,
    ManageReports = 1 << 4,
    ManageFederation = 1 << 5,
    ManageSettings = 1 << 6,
    ManageBlocks = 1 << 7,
    ManageTaxonomies = 1 << 8,
    ManageUsers = 1 << 10,
    ManageRules = 1 << 12,
    ManageAnnouncements = 1 << 13,
    ManageCustomEmojis = 1 << 14,
    ManageRoles = 1 << 17,
    ManageUserAccess = 1 << 18,
    DeleteUserData = 1 << 19,
}

/// <summary>A role as the client API tells it.</summary>
internal sealed record Role(
    string Id, string Name, string Permissions, string Color, bool Highlighted)
{
    private const Permissions Moderating = Moderation.Permissions.ViewDashboard | Moderation.Permissions.ViewAuditLog
        | Moderation.Permissions.ManageReports | Moderation.Permissions.ManageUsers
        | Moderation.Permissions.ManageTaxonomies;

    private const Permissions Administering = Moderating | Moderation.Permissions.ManageFederation
        | Moderation.Permissions.ManageSettings | Moderation.Permissions.ManageBlocks
        | Moderation.Permissions.ManageRules | Moderation.Permissions.ManageAnnouncements
        | Moderation.Permissions.ManageCustomEmojis | Moderation.Permissions.ManageRoles
        | Moderation.Permissions.ManageUserAccess | Moderation.Permissions.DeleteUserData;

    /// <summary>Clients look at the single bits.</summary>
    private const Permissions Every = (Permissions)((1 << 20) - 1);

    // Clients know -99 as the role of everybody.
    private static readonly Role[] _roles =
    [
        Make("-99", "", Moderation.Permissions.None), Make("1", "Moderator", Moderating),
        Make("2", "Admin", Administering), Make("3", "Owner", Every),
    ];

    /// <summary>How many collections of accounts one can have.</summary>
    public int CollectionLimit { get; } = AccountCollection.PerAccountMax;

    [JsonIgnore]
    public Permissions May { get; private init; }

    public static Role Of(AccountRole role) => _roles[(int)role];

    /// <summary>Whether who has this role may do something.</summary>
    public bool Allows(Permissions needed) =>
        (May & Moderation.Permissions.Administrator) != 0 || (May & needed) == needed;

    private static Role Make(string id, string name, Permissions may) => new(
        id, name, ((long)may).ToString(CultureInfo.InvariantCulture), "", Highlighted: name.Length > 0)
    { May = may };
}
