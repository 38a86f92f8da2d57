using System.Text.Json;
using System.Text.Json.Serialization;
using Roost.Rpc;

namespace Roost.Services.Users;

/// <summary>Profiles as the database keeps them: every member by name, null for a profile that says nothing.</summary>
[JsonSerializable(typeof(Profile))]
internal sealed partial class ProfileJson : JsonSerializerContext
{
    public static string? Write(Profile profile) =>
        profile == Users.Profile.Empty ? null : JsonSerializer.Serialize(profile, Default.Profile);

    /// <exception cref="ServiceException"><see cref="ErrorCode.DataDamaged"/>: it is no profile.</exception>
    public static Profile Read(string? json, long account)
    {
        if (json is null) return Users.Profile.Empty;
        try
        {
            return JsonSerializer.Deserialize(json, Default.Profile) ?? Users.Profile.Empty;
        }
        catch (JsonException exception)
        {
            throw new ServiceException(
                ErrorCode.DataDamaged, "This account's profile is damaged.",
                $"The profile of account {account} in users.db cannot be read: {exception.Message}");
        }
    }
}
